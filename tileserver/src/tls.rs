//! Certificate and key of HTTPS, read again when their files change.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, ServerConfig};

/// Largest certificate or key file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a certificate or a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct TlsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// Certificate and key from files: TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1 by ALPN.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
    seen: Mutex<[Stamp; 2]>,
}

/// Size and time of a file; none where it cannot be looked at.
type Stamp = Option<(u64, Option<SystemTime>)>;

/// What new connections are encrypted with.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads a PEM file with a certificate and those between it and its root, and one with its key.
    ///
    /// # Errors
    /// When a file cannot be read, holds nothing of its kind, or the key belongs to another certificate.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(default_provider());
        let seen = [stamp(certificate), stamp(key)];
        let pair = pair(certificate, key, &provider)?;
        let current = Arc::new(Current(ArcSwap::from_pointee(pair)));
        let failed = |cause: Error| fault(certificate, cause.to_string());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let resolver = Arc::<Current>::clone(&current);
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider,
            current,
            config: Arc::new(config),
            seen: Mutex::new(seen),
        })
    }

    /// Looks whether a file has changed, and uses the new pair for new connections from then on; whether it does. Reads
    /// files: not for async threads.
    ///
    /// # Errors
    /// As [`open`](Self::open), once per change; the pair before goes on being used.
    pub fn look(&self) -> Result<bool, TlsError> {
        let now = [stamp(&self.certificate), stamp(&self.key)];
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        *seen = now;
        let pair = pair(&self.certificate, &self.key, &self.provider)?;
        self.current.0.store(Arc::new(pair));
        Ok(true)
    }

    /// What a handshake needs.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

fn stamp(file: &Path) -> Stamp {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.len(), meta.modified().ok()))
}

fn pair(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?).collect::<Result<Vec<_>, _>>();
    let chain =
        chain.map_err(|cause| fault(certificate, format!("cannot be read as PEM: {cause}")))?;
    if chain.is_empty() {
        return Err(fault(certificate, "holds no certificate in PEM".to_owned()));
    }
    let text = read(key)?;
    let no_key = |cause| {
        let is_encrypted = text.windows(9).any(|word| word == b"ENCRYPTED");
        let why = match is_encrypted {
            true => "the key is encrypted; give one without a passphrase".to_owned(),
            false => format!("holds no private key in PEM: {cause}"),
        };
        fault(key, why)
    };
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(no_key)?;
    CertifiedKey::from_der(chain, private, provider).map_err(|cause| match cause {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => fault(
            key,
            format!(
                "is not the key of the certificate in {}",
                certificate.display()
            ),
        ),
        Error::InvalidCertificate(_) => fault(certificate, cause.to_string()),
        other => fault(key, other.to_string()),
    })
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = vec![];
    let opened = File::open(file);
    let read = opened.and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => Err(fault(
            file,
            format!("is larger than {FILE_BYTES_MAX} bytes"),
        )),
        Ok(_) => Ok(bytes),
        Err(cause) => Err(fault(file, format!("cannot be read: {cause}"))),
    }
}

fn fault(file: &Path, why: String) -> TlsError {
    TlsError {
        file: file.to_owned(),
        why,
    }
}
