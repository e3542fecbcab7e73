//! Tokens: who may write.

use std::time::{Duration, UNIX_EPOCH};

use comarca_register::{NewToken, Register, Role, WriteError};

use crate::kit::{at, now, open, open_with, place};

fn new(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        role: Role::Coordinator,
        communes: vec!["13105".to_owned(), "with, comma".to_owned()],
        expires: None,
    }
}

#[test]
fn a_token_is_known_in_every_register_of_the_file_until_it_is_revoked() {
    let (_folder, path) = place();
    let (one, two) = (open(&path), open(&path));
    assert!(one.tokens().is_empty());
    let issued = one.add_token(new("Ana")).expect("the name is free");
    let secret = issued.secret.reveal();
    assert_eq!(one.authenticate(secret, now()), Some(issued.token.clone()));
    two.poll().expect("the file is there");
    assert_eq!(two.authenticate(secret, now()), Some(issued.token.clone()));
    assert_eq!(two.tokens(), one.tokens());
    assert_eq!(two.revoke_token(&issued.token.id), Ok(true));
    assert_eq!(two.revoke_token(&issued.token.id), Ok(false));
    assert_eq!(two.revoke_token("nobody"), Ok(false));
    one.poll().expect("the file is there");
    assert_eq!(one.authenticate(secret, now()), None);
    assert!(one.tokens()[0].revoked.is_some());
    // Tokens are no demands.
    assert_eq!(one.snapshot().generation(), 1);
}

#[test]
fn only_a_digest_of_the_secret_is_in_the_file() {
    let (_folder, path) = place();
    let register = open(&path);
    let issued = register.add_token(new("Ana")).expect("the name is free");
    drop(register);
    let secret = issued.secret.reveal().rsplit('_').next().expect("a secret");
    let bytes = std::fs::read(&path).expect("it is there");
    let holds = |what: &str| {
        bytes
            .windows(what.len())
            .any(|part| part == what.as_bytes())
    };
    assert!(holds("Ana") && !holds(secret));
    let again = Register::open_read_only(&path).expect("it was made well");
    let known = again.authenticate(issued.secret.reveal(), now());
    assert_eq!(known, Some(issued.token));
}

#[test]
fn names_of_valid_tokens_are_unique() {
    let (_folder, path) = place();
    let register = open_with(&path, at(1_000_000));
    let expires = Some(UNIX_EPOCH + Duration::from_secs(1_000_001));
    let short = NewToken {
        expires,
        ..new("Ana")
    };
    register.add_token(short).expect("the name is free");
    let taken = register.add_token(new("Ana")).map(drop);
    assert_eq!(
        taken,
        Err(WriteError::DuplicateId {
            id: "Ana".to_owned()
        })
    );
    let eva = register.add_token(new("Eva")).expect("the name is free");
    register.revoke_token(&eva.token.id).expect("it is there");
    register.add_token(new("Eva")).expect("it was given back");
    drop(register);
    let later = open_with(&path, at(1_000_002));
    later.add_token(new("Ana")).expect("hers has ended");
    for wrong in ["", " ", "a\nb", "(outside)", &"x".repeat(101)] {
        let refused = later.add_token(new(wrong)).map(drop);
        assert!(
            matches!(refused, Err(WriteError::InvalidToken(_))),
            "{wrong:?}"
        );
    }
}
