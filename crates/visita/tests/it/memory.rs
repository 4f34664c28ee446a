//! How much memory strangers can make the real binary take.
#![cfg(target_os = "linux")]

use std::num::NonZeroUsize;

use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::process::{Server, folder};

/// Memory of one hash in KiB (SECURITY R53).
const HASH_KIB: usize = 64 * 1024;
/// What a hundred connections, their requests and the events of their failures may take.
const SLACK_KIB: usize = 48 * 1024;

#[tokio::test]
async fn r53_a_hundred_sign_ins_at_once_take_the_memory_of_as_many_hashes_as_there_are_cores() {
    let folder = folder();
    let flags = ["--demo", "--trusted-proxies=127.0.0.0/8"];
    let mut server = Server::start(folder.path(), &flags);
    server.forget_peak();
    let before = server.memory_kib("VmRSS");
    let client = Client::new();
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        // Of a network and an account of its own each, so that no limit stops it earlier.
        let login = client
            .post(format!("{}/api/v1/auth/login", server.url))
            .header("x-forwarded-for", format!("10.0.{n}.1"))
            .json(&json!({ "email": format!("nobody-{n}@example.org"), "password": "a guess" }));
        tasks.spawn(async move { login.send().await.unwrap().status() });
    }
    let answers = tasks.join_all().await;
    let count = |status| answers.iter().filter(|one| **one == status).count();
    let (hashed, told_to_wait) = (
        count(StatusCode::UNAUTHORIZED),
        count(StatusCode::SERVICE_UNAVAILABLE),
    );
    assert_eq!(hashed + told_to_wait, 100, "{answers:?}");
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    assert!(hashed >= cores, "{hashed}");
    let grown = server.memory_kib("VmHWM").saturating_sub(before);
    // At least one hash, or the number says nothing.
    assert!(grown > HASH_KIB / 2, "{grown} KiB");
    assert!(
        grown < cores * HASH_KIB + SLACK_KIB,
        "{grown} KiB on {cores} cores"
    );
    let (status, _) = server.end("TERM");
    assert!(status.success());
}
