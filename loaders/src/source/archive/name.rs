//! Names of archive members: bytes of any encoding → a path that stays inside.

use std::path::{Path, PathBuf};

use crate::source::text::Charset;

/// Longest path of a member, in characters.
const PATH_CHARS_MAX: usize = 1_000;
/// Longest name of a file or folder that a file system takes, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// The text of a member's name: UTF-8 if it is valid, else the DOS code page of Western Europe and Latin America, in
/// which programs write that do not set the archive's UTF-8 flag.
pub(super) fn member_name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => Charset::Dos850.decode(raw).0.into_owned(),
    }
}

/// A relative path without `..`, drive or root. `None` where the name has any of them or is too long.
pub(super) fn member_path(name: &str) -> Option<PathBuf> {
    if name.chars().nth(PATH_CHARS_MAX).is_some() || name.starts_with(['/', '\\']) {
        return None;
    }
    let parts = name
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "."));
    let mut path = PathBuf::new();
    for part in parts {
        if part == ".." || part.contains(['\0', ':']) || part.len() > NAME_BYTES_MAX {
            return None;
        }
        path.push(part);
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

/// Whether a file belongs to the file manager that packed the archive, not to the data.
pub(super) fn is_clutter(path: &Path) -> bool {
    path.starts_with("__MACOSX")
        || path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with("._") || matches!(&*name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_stays_inside_the_archive() {
        let path = |name: &str| member_path(name).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(path("a/./b//c.shp").as_deref(), Some("a/b/c.shp"));
        assert_eq!(path("a\\b.shp").as_deref(), Some("a/b.shp"));
        for name in [
            "../a",
            "a/../../b",
            "/etc/passwd",
            "C:\\a",
            "\\\\host\\a",
            "a\0b",
            "",
            "./",
        ] {
            assert_eq!(path(name), None, "{name:?}");
        }
        assert_eq!(path(&"a/".repeat(600)), None);
        assert_eq!(path(&"a".repeat(256)), None);
    }

    #[test]
    fn names_are_utf8_or_of_dos() {
        assert_eq!(member_name("Ñuñoa.shp".as_bytes()), "Ñuñoa.shp");
        assert_eq!(member_name(b"\xa5u\xa4oa.shp"), "Ñuñoa.shp");
    }
}
