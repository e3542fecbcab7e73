//! Sees to it that the viewer that is embedded in the program has been built.

fn main() {
    println!("cargo::rerun-if-changed=../viewer/dist");
    if !std::path::Path::new("../viewer/dist/index.html").is_file() {
        println!("cargo::error=the viewer is not built yet: run \"make viewer\"");
    }
}
