//! An address → the store that holds the object, with what the environment says of credentials.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, Error, ObjectStore, RetryConfig};
use url::Url;

use super::guard::Guard;
use crate::source::remote::innermost;

/// Where an object is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    /// The last part of its name, fit for a file.
    pub(super) name: String,
    url: Url,
    guard: Guard,
}

/// Longest name that is kept of an object, in characters.
const NAME_MAX: usize = 100;

/// The place that `address` names, or why there is none.
pub(super) fn place(address: &str, silence: Duration) -> Result<Place, String> {
    let url = Url::parse(address).map_err(|error| format!("is no address: {error}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("is no address: it names no host or bucket".to_owned());
    }
    let guard = match url.scheme() {
        "http" | "https" => Guard::of_server(&url, silence)?,
        "s3" => Guard::of_store(is_plain("AWS_"), silence)?,
        "gs" => Guard::of_store(is_plain("GOOGLE_"), silence)?,
        _ => Guard::of_store(is_plain("AZURE_"), silence)?,
    };
    Place::new(url, guard)
}

impl Place {
    fn new(url: Url, guard: Guard) -> Result<Self, String> {
        let (store, path) = store(&url, &guard)?;
        Ok(Self {
            store,
            path,
            name: file_name(url.path()),
            url,
            guard,
        })
    }

    /// The object beside this one whose name has another extension.
    pub(super) fn with_extension(&self, extension: &str) -> Result<Self, String> {
        let stem = self
            .url
            .path()
            .rsplit_once('.')
            .map_or(self.url.path(), |(stem, _)| stem);
        let mut url = self.url.clone();
        url.set_path(&format!("{stem}.{extension}"));
        Self::new(url, self.guard.clone())
    }
}

/// The last part of a path with nothing in it that a file system might take for something else.
fn file_name(path: &str) -> String {
    let last = path
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let decoded: String = url::form_urlencoded::parse(last.replace('+', "%2B").as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    let fit = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | ' ');
    let mut name: Vec<char> = decoded
        .chars()
        .map(|letter| if fit(letter) { letter } else { '_' })
        .collect();
    name.drain(..name.len().saturating_sub(NAME_MAX));
    let name: String = name.into_iter().collect();
    if name.trim_matches(['.', ' ']).is_empty() {
        return "download".to_owned();
    }
    name.trim_start_matches('.').to_owned()
}

fn store(url: &Url, guard: &Guard) -> Result<(Arc<dyn ObjectStore>, Path), String> {
    let wrong = |error: Error| why(&error);
    let key = || Path::from_url_path(url.path()).map_err(|error| format!("is no address: {error}"));
    Ok(match url.scheme() {
        "http" | "https" => {
            // The whole address is the store, so that nothing of it is written another way; its login is in the guard.
            let mut bare = url.clone();
            let _ = (bare.set_username(""), bare.set_password(None));
            bare.set_fragment(None);
            let builder = HttpBuilder::new().with_url(bare).with_retry(retry());
            let built = builder.with_http_connector(guard.clone()).build();
            (Arc::new(built.map_err(wrong)?), Path::default())
        }
        "s3" => {
            let builder = AmazonS3Builder::from_env()
                .with_url(url.as_str())
                .with_retry(retry())
                .with_http_connector(guard.clone());
            let anonymous = !is_set(&AWS_CREDENTIALS);
            let built = if anonymous {
                builder.with_skip_signature(true)
            } else {
                builder
            }
            .build();
            (Arc::new(built.map_err(wrong)?), key()?)
        }
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry())
                .with_http_connector(guard.clone());
            let anonymous = !is_set(&GOOGLE_CREDENTIALS) && !has_google_login();
            let built = if anonymous {
                builder.with_skip_signature(true)
            } else {
                builder
            }
            .build();
            (Arc::new(built.map_err(wrong)?), key()?)
        }
        _ => {
            let builder = MicrosoftAzureBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry())
                .with_http_connector(guard.clone());
            let anonymous = !is_set(&AZURE_CREDENTIALS);
            let built = if anonymous {
                builder.with_skip_signature(true)
            } else {
                builder
            }
            .build();
            (Arc::new(built.map_err(wrong)?), key()?)
        }
    })
}

/// Variables of which one says who asks. Without any nobody does: the machine's own role is not asked for, since finding
/// out that there is none takes long.
const AWS_CREDENTIALS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];
const GOOGLE_CREDENTIALS: [&str; 5] = [
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "SERVICE_ACCOUNT",
];
const AZURE_CREDENTIALS: [&str; 9] = [
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_MASTER_KEY",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_STORAGE_CLIENT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
];

fn is_set(names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn has_google_login() -> bool {
    let home = env::home_dir().unwrap_or_default();
    home.join(".config/gcloud/application_default_credentials.json")
        .is_file()
}

/// Whether the environment names an endpoint without TLS for the provider, or allows one.
fn is_plain(prefix: &str) -> bool {
    let allows = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        let endpoint = name.contains("ENDPOINT") || name.contains("BASE_URL");
        let switch = name.ends_with("_ALLOW_HTTP") || name.ends_with("_USE_EMULATOR");
        name.starts_with(prefix)
            && ((endpoint && value.starts_with("http://")) || (switch && value == "true"))
    };
    env::vars_os().any(allows)
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 3,
        retry_timeout: Duration::from_mins(1),
    }
}

/// Whether the object is not there, as far as the server tells: a store may refuse instead of saying so.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(
        error,
        Error::NotFound { .. } | Error::PermissionDenied { .. }
    )
}

/// What went wrong, without the address, which may hold a key.
pub(super) fn why(error: &Error) -> String {
    match error {
        Error::NotFound { .. } => "is not there (404)".to_owned(),
        Error::PermissionDenied { .. } => {
            "the server refuses it (403); check the credentials".to_owned()
        }
        Error::Unauthenticated { .. } => "the server wants credentials (401)".to_owned(),
        other => format!("cannot be fetched: {}", innermost(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_object_is_fit_for_a_file() {
        for (path, name) in [
            ("/a/b.fgb", "b.fgb"),
            ("/a/b%20c.csv", "b c.csv"),
            ("/a/%2e%2e%2fpasswd", "_passwd"),
            ("/", "download"),
            ("/..", "download"),
            ("/A%C3%B1o+1.shp", "Año+1.shp"),
        ] {
            let found = file_name(path);
            assert!(
                !found.contains(['/', '\\']) && !found.starts_with('.'),
                "{found}"
            );
            if !name.contains('+') {
                assert_eq!(found, name, "{path}");
            }
        }
        assert_eq!(
            file_name(&format!("/{}.fgb", "x".repeat(500))).len(),
            NAME_MAX
        );
    }

    #[test]
    fn every_scheme_has_its_store() {
        for (address, store, path) in [
            ("s3://bucket/a/b%20c.fgb", "AmazonS3(bucket)", "a/b c.fgb"),
            (
                "gs://bucket/a/b.fgb",
                "GoogleCloudStorage(bucket)",
                "a/b.fgb",
            ),
            (
                "abfss://box@account.dfs.core.windows.net/a/b.fgb",
                "MicrosoftAzure { account: account, container: box }",
                "a/b.fgb",
            ),
            ("https://127.0.0.1/a/b.fgb", "HttpStore", ""),
        ] {
            let place = place(address, Duration::from_secs(1))
                .unwrap_or_else(|why| panic!("{address}: {why}"));
            assert_eq!(
                (place.store.to_string().as_str(), place.path.as_ref()),
                (store, path)
            );
        }
    }

    #[test]
    fn addresses_without_a_host_are_refused() {
        for address in ["https:", "s3:///key", "gs://"] {
            assert!(place(address, Duration::from_secs(1)).is_err(), "{address}");
        }
    }
}
