//! Who may write: bearer tokens, of which only a digest is kept.

use std::fmt;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::timestamp::rfc3339;
use crate::writer::TokenError;
use crate::{OUTSIDE, Private, WriteError};

/// Random bytes of a secret: 256 bits.
const SECRET: usize = 32;
/// Random bytes of an id.
const ID: usize = 6;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Writes demands and assemblies.
    Facilitator,
    /// Changes stage and status too.
    Coordinator,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role, from the least.
    pub const ALL: [Self; 3] = [Self::Facilitator, Self::Coordinator, Self::Admin];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facilitator => "facilitator",
            Self::Coordinator => "coordinator",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of a token, but for its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its public part.
    pub id: String,
    /// Whose it is: the history names them so.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// Keys of the communes it allows it for; all where there is none.
    pub communes: Vec<String>,
    /// RFC 3339 in UTC.
    pub created: String,
    /// From when on it is worth nothing, RFC 3339 in UTC.
    pub expires: Option<String>,
    /// Since when it is worth nothing, RFC 3339 in UTC.
    pub revoked: Option<String>,
}

impl Token {
    /// Whether it allows to write for a commune: any where it names none, else only those it names.
    pub fn covers(&self, commune: Option<&str>) -> bool {
        self.communes.is_empty()
            || commune.is_some_and(|commune| self.communes.iter().any(|own| own == commune))
    }

    /// Whether it is worth something.
    pub fn is_valid(&self, now: SystemTime) -> bool {
        let now = rfc3339(now);
        self.revoked.is_none() && self.expires.as_ref().is_none_or(|expires| now < *expires)
    }
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose it is; no other valid token has this name.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// Keys of the communes it allows it for; all where there is none.
    pub communes: Vec<String>,
    /// From when on it is worth nothing.
    pub expires: Option<SystemTime>,
}

/// A token that was just made. This is the only time that its secret is known.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// What is kept of it.
    pub token: Token,
    /// `comarca_<id>_<secret>`: what to send as bearer token.
    pub secret: Private<String>,
}

/// A token with the digest of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredToken {
    pub(crate) token: Token,
    /// SHA-256.
    pub(crate) digest: Vec<u8>,
}

/// A token as a database keeps it. `None` where its role is none that this version knows: it allows nothing then.
pub(crate) fn stored(
    [id, name, created]: [String; 3],
    role: &str,
    communes: &str,
    [expires, revoked]: [Option<String>; 2],
    digest: Vec<u8>,
) -> Option<StoredToken> {
    let token = Token {
        id,
        name,
        role: Role::named(role)?,
        communes: serde_json::from_str(communes).ok()?,
        created,
        expires,
        revoked,
    };
    Some(StoredToken { token, digest })
}

/// As a database keeps them: a JSON list.
pub(crate) fn communes_as_text(communes: &[String]) -> String {
    serde_json::Value::from(communes).to_string()
}

/// Refuses what cannot be a token's.
pub(crate) fn check(new: &NewToken) -> Result<(), WriteError> {
    let is_line = |text: &str| {
        let length = text.chars().count();
        (1..=100).contains(&length)
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
    };
    if !is_line(&new.name) || new.name == OUTSIDE {
        return Err(WriteError::InvalidToken(
            "its name is not of 1 to 100 characters",
        ));
    }
    if !new.communes.iter().all(|key| is_line(key)) {
        return Err(WriteError::InvalidToken(
            "its communes are not keys of 1 to 100 characters",
        ));
    }
    Ok(())
}

/// Makes a token whose name no valid one of the `known` has.
pub(crate) fn issue(
    new: NewToken,
    known: &[StoredToken],
    now: SystemTime,
) -> Result<(StoredToken, IssuedToken), TokenError> {
    let mut valid = known.iter().filter(|known| known.token.is_valid(now));
    if valid.any(|known| known.token.name == new.name) {
        let id = new.name;
        return Err(TokenError::Refused(WriteError::DuplicateId { id }));
    }
    let no_chance = |error: getrandom::Error| {
        TokenError::Refused(WriteError::Gone(format!(
            "there are no random numbers: {error}"
        )))
    };
    let id = random_hex::<ID>().map_err(no_chance)?;
    let secret = random_hex::<SECRET>().map_err(no_chance)?;
    let token = Token {
        id,
        name: new.name,
        role: new.role,
        communes: new.communes,
        created: rfc3339(now),
        expires: new.expires.map(rfc3339),
        revoked: None,
    };
    let digest = Sha256::digest(secret.as_bytes()).to_vec();
    let secret = Private::new(format!("comarca_{}_{secret}", token.id));
    let stored = StoredToken {
        token: token.clone(),
        digest,
    };
    Ok((stored, IssuedToken { token, secret }))
}

/// The token that a bearer shows, if it is valid.
///
/// The time this takes depends on the public id, not on the secret: digests are compared in constant time, and one is
/// compared also where the id is unknown.
pub(crate) fn authenticate<'a>(
    tokens: &'a [StoredToken],
    bearer: &str,
    now: SystemTime,
) -> Option<&'a Token> {
    let (id, secret) = bearer.strip_prefix("comarca_")?.split_once('_')?;
    let digest = Sha256::digest(secret.as_bytes());
    let known = tokens.iter().find(|known| known.token.id == id);
    let expected = known.map_or(&[0; 32][..], |known| &known.digest);
    let equal = bool::from(digest.as_slice().ct_eq(expected));
    let token = &known.filter(|_| equal)?.token;
    token.is_valid(now).then_some(token)
}

fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    use fmt::Write;
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    let mut text = String::with_capacity(2 * BYTES);
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_341_599);

    fn made(expires: Option<SystemTime>) -> (StoredToken, String) {
        let new = NewToken {
            name: "Ana".to_owned(),
            role: Role::Facilitator,
            communes: vec!["13105".to_owned()],
            expires,
        };
        let Ok((stored, issued)) = issue(new, &[], UNIX_EPOCH + NOW) else {
            panic!("there are random bytes");
        };
        assert!(!format!("{issued:?}{stored:?}").contains(issued.secret.reveal()));
        (stored, issued.secret.reveal().clone())
    }

    #[test]
    fn a_token_is_known_by_its_secret_alone() {
        let now = UNIX_EPOCH + NOW;
        let (ana, secret) = made(None);
        let (eva, other) = made(None);
        let tokens = [ana, eva];
        let who = |bearer: &str| authenticate(&tokens, bearer, now).map(|token| token.id.clone());
        assert_eq!(who(&secret), Some(tokens[0].token.id.clone()));
        assert_eq!(who(&other), Some(tokens[1].token.id.clone()));
        let (id, rest) = secret["comarca_".len()..]
            .split_once('_')
            .expect("two parts");
        assert_eq!(rest.len(), 64);
        for wrong in [
            String::new(),
            "comarca_".to_owned(),
            format!("comarca_{id}_"),
            format!("comarca_{id}_{}", &rest[1..]),
            format!("comarca_{id}_{rest}0"),
            format!("comarca_{id}_{}", rest.to_uppercase()),
            format!("comarca_{}_{rest}", tokens[1].token.id),
            format!("comarca_000000000000_{rest}"),
            rest.to_owned(),
        ] {
            assert_eq!(who(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_ends() {
        let end = UNIX_EPOCH + NOW + Duration::from_mins(1);
        let (mut stored, secret) = made(Some(end));
        let is_known = |stored: &StoredToken, at| {
            authenticate(std::slice::from_ref(stored), &secret, at).is_some()
        };
        assert!(is_known(&stored, end - Duration::from_millis(1)));
        assert!(!is_known(&stored, end));
        stored.token.revoked = Some(rfc3339(UNIX_EPOCH));
        assert!(!is_known(&stored, UNIX_EPOCH + NOW));
    }

    #[test]
    fn a_token_covers_its_communes() {
        let (StoredToken { mut token, .. }, _) = made(None);
        assert!(token.covers(Some("13105")));
        assert!(!token.covers(Some("13106")) && !token.covers(None) && !token.covers(Some("")));
        token.communes.clear();
        assert!(token.covers(Some("13106")) && token.covers(None));
    }
}
