//! The PostgreSQL server of the tests: the one named in `VISITA_TEST_POSTGRES_URL`, or a
//! private one that all test processes of this user share.
//!
//! The first process that needs it starts it, under a lock. A shell process watches it and
//! stops it when no test was connected for a minute, under the same lock; so no test
//! can find a server that is about to go.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use visita_store::testing::RawConn;

const VARIABLE: &str = "VISITA_TEST_POSTGRES_URL";
/// How often a server that starts is asked whether it answers, in steps of 50 ms.
const PATIENCE: u32 = 600;

/// URL of the server's maintenance database.
pub(crate) fn server_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var(VARIABLE).unwrap_or_else(|_| private_server()))
        .clone()
}

fn private_server() -> String {
    let owner = unprivileged_user();
    let folder = std::env::temp_dir().join(format!("visita-test-postgres-{}", own_uid()));
    std::fs::create_dir_all(&folder).expect("a folder for the server");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("its rights");
    give(&folder, owner);
    let lock = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("lock"))
        .expect("the lock file");
    give(&folder.join("lock"), owner);
    lock.lock().expect("the lock");
    let url = running(&folder).unwrap_or_else(|| start(&folder, owner));
    // A connection of this process keeps the watcher waiting while the tests run.
    keep_open(&url);
    drop::<File>(lock);
    url
}

/// The server that another process has started, if it answers.
fn running(folder: &Path) -> Option<String> {
    let url = std::fs::read_to_string(folder.join("url")).ok()?;
    RawConn::open(&url).ok().map(|_| url)
}

fn keep_open(url: &str) {
    static KEPT: OnceLock<std::sync::Mutex<RawConn>> = OnceLock::new();
    let conn = RawConn::open(url).expect("the test server");
    KEPT.get_or_init(|| std::sync::Mutex::new(conn));
}

/// Stops the server when nobody but itself was connected for a minute.
const WATCH: &str = r#"
"$PG_BIN/postgres" -D "$DIR/data" -p "$PORT" -k "$DIR" -h 127.0.0.1 \
    -c max_connections=300 -c shared_buffers=128MB -c timezone=UTC \
    -c fsync=off -c full_page_writes=off >"$DIR/log" 2>&1 &
server=$!
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 5
    count=$("$PG_BIN/psql" -h 127.0.0.1 -p "$PORT" -U visita -d postgres -Atc \
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" \
        2>/dev/null || echo 1)
    if [ "$count" = 0 ]; then idle=$((idle + 5)); else idle=0; fi
    if [ "$idle" -ge 60 ]; then
        exec 9>>"$DIR/lock"
        flock 9
        count=$("$PG_BIN/psql" -h 127.0.0.1 -p "$PORT" -U visita -d postgres -Atc \
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        if [ "$count" = 0 ]; then
            kill -INT "$server"
            wait "$server"
            rm -rf "$DIR/data" "$DIR/url" "$DIR/log"
            exit 0
        fi
        exec 9>&-
        idle=0
    fi
done
"#;

fn start(folder: &Path, owner: Option<(u32, u32)>) -> String {
    let bin = binaries();
    let data = folder.join("data");
    if data.exists() {
        // Of a server that was killed.
        std::fs::remove_dir_all(&data).expect("the old data go");
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command
            .args(["-uc", script])
            .current_dir(folder)
            .env("PG_BIN", &bin)
            .env("DIR", folder)
            .env("PORT", port.to_string())
            .env("LC_ALL", "C")
            .env_remove("PGDATA")
            // It outlives the test that started it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((uid, gid)) = owner {
            command.uid(uid).gid(gid);
        }
        command
    };
    let made = shell(
        "exec \"$PG_BIN/initdb\" --pgdata=\"$DIR/data\" --username=visita --auth=trust \
         --encoding=UTF8 --no-locale --no-sync",
    )
    .status()
    .expect("initdb runs");
    assert!(made.success(), "initdb failed in {}", folder.display());
    #[expect(
        clippy::zombie_processes,
        reason = "it outlives the test that started it"
    )]
    let mut watcher = shell(WATCH).spawn().expect("the server starts");
    let url = format!("postgres://visita@127.0.0.1:{port}/postgres");
    for _ in 0..PATIENCE {
        if RawConn::open(&url).is_ok() {
            std::fs::write(folder.join("url"), &url).expect("the url is written");
            return url;
        }
        let ended = watcher.try_wait().expect("the server's state").is_some();
        assert!(
            !ended,
            "PostgreSQL ended at once; see {}/log",
            folder.display()
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("PostgreSQL does not answer; see {}/log", folder.display());
}

/// The newest installed server.
fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").map(|entries| {
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path().join("bin"))
            .filter(|bin| bin.join("initdb").exists())
            .collect();
        found.sort();
        found.pop()
    });
    installed
        .ok()
        .flatten()
        .unwrap_or_else(|| panic!("no PostgreSQL is installed; name a server in {VARIABLE}"))
}

fn own_uid() -> u32 {
    std::fs::metadata("/proc/self").map_or(0, |data| data.uid())
}

fn give(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((uid, gid)) = owner {
        chown(path, Some(uid), Some(gid)).expect("the server's user owns its folder");
    }
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, else as `nobody`.
fn unprivileged_user() -> Option<(u32, u32)> {
    if own_uid() != 0 {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").expect("the list of users");
    ["postgres", "nobody"].iter().find_map(|name| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == *name;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            found.then_some((uid, gid))
        })
    })
}
