//! What the section of the server may say beyond the shape of its keys.

use std::net::IpAddr;

use ipnet::IpNet;

use super::config::ServerConfig;

impl ServerConfig {
    /// What is wrong beyond the shape, by the path of the key.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = vec![];
        let mut fault = |path: &str, message: String| faults.push((path.to_owned(), message));
        if !is_base_path(&self.base_path) {
            let message = format!(
                "{:?} is no path such as \"/mapas\": a slash before each part, none at the end, and letters, digits, -, . and _ between",
                self.base_path
            );
            fault("server.base_path", message);
        }
        if let Some(url) = self.public_url.as_ref().filter(|url| !is_url(url)) {
            let message =
                format!("{url:?} is no address such as \"https://mapas.example/comarca\"");
            fault("server.public_url", message);
        }
        if let Some(url) = self.otlp.as_ref().filter(|url| !is_url(url)) {
            let message = format!("{url:?} is no address such as \"http://127.0.0.1:4318\"");
            fault("server.otlp", message);
        }
        for (position, proxy) in self.trusted_proxies.iter().enumerate() {
            if network(proxy).is_none() {
                let message = format!(
                    "{proxy:?} is no address or network, such as \"127.0.0.1\" or \"10.0.0.0/8\""
                );
                fault(&format!("server.trusted_proxies[{position}]"), message);
            }
        }
        faults
    }

    /// The proxies whose headers are believed.
    pub fn proxies(&self) -> Vec<IpNet> {
        let proxies = self.trusted_proxies.iter();
        proxies.filter_map(|proxy| network(proxy)).collect()
    }
}

/// A network, or an address alone.
fn network(text: &str) -> Option<IpNet> {
    let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(alone)
}

/// Empty, or parts that need no encoding, each after a slash; none of them of dots alone.
fn is_base_path(path: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        part.bytes().all(plain) && part.bytes().any(|byte| byte != b'.')
    };
    match path.strip_prefix('/') {
        Some(rest) => rest.split('/').all(is_part),
        None => path.is_empty(),
    }
}

/// Scheme and host, and perhaps a path: nothing that would end the text it is written into.
fn is_url(url: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths_are_plain_parts_after_slashes() {
        for good in ["", "/mapas", "/sig/mapas-2", "/v1.0/a_b"] {
            assert!(is_base_path(good), "{good:?}");
        }
        for bad in [
            "mapas", "/", "/mapas/", "//mapas", "/a//b", "/..", "/a/./b", "/a b", "/ñ", "/{z}",
            "/a?b",
        ] {
            assert!(!is_base_path(bad), "{bad:?}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let server = ServerConfig {
            trusted_proxies: ["10.0.0.0/8", "::1", "localhost", "10.0.0.0/40"]
                .map(str::to_owned)
                .to_vec(),
            ..ServerConfig::default()
        };
        let faults = server.faults();
        let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            ["server.trusted_proxies[2]", "server.trusted_proxies[3]"]
        );
        assert_eq!(server.proxies().len(), 2);
    }

    #[test]
    fn a_public_address_has_a_scheme_and_a_host() {
        assert!(is_url("https://mapas.example/comarca") && is_url("http://[::1]:8080"));
        for bad in [
            "mapas.example",
            "ftp://a",
            "https://",
            "https:///a",
            "https://a\"><script>",
        ] {
            assert!(!is_url(bad), "{bad:?}");
        }
    }
}
