//! nginx and HAProxy with the files of `deploy`, for tests: only ports and paths differ.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::raw::until_closed;

/// Starts the program in its folder, tells when it listens, and ends it when our end of the
/// pipe closes, however this process ends.
const GUARD: &str = r#"
"$@" </dev/null 1>&2 || exit 1
until [ -s pid ]; do sleep 0.02; done
echo ready
cat >/dev/null
pid=$(cat pid)
kill -TERM $pid
while kill -0 $pid 2>/dev/null; do sleep 0.02; done
"#;

/// Which program stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Haproxy,
}

impl Kind {
    pub const BOTH: [Self; 2] = [Self::Nginx, Self::Haproxy];
}

/// A running proxy.
pub struct Proxy {
    /// Where it speaks TLS.
    pub tls: SocketAddr,
    /// Where it does not.
    pub plain: SocketAddr,
    /// What requests name as their host.
    host: String,
    connector: TlsConnector,
    guard: Child,
    syslog: UnixDatagram,
    folder: TempDir,
}

impl Proxy {
    /// The shipped proxy in front of that server.
    pub fn start(kind: Kind, server: SocketAddr) -> Self {
        Self::start_with(kind, server, "")
    }

    /// The same, with more in nginx's own configuration around the shipped file. `DIR` stands
    /// for the proxy's folder.
    pub fn start_with(kind: Kind, server: SocketAddr, around: &str) -> Self {
        // A port is free when we look, and may be taken when the proxy does.
        let mut errors = String::new();
        for _ in 0..3 {
            match Self::start_once(kind, server, around) {
                Ok(proxy) => return proxy,
                Err(error) => errors = error,
            }
        }
        panic!("{kind:?} does not start: {errors}");
    }

    fn start_once(kind: Kind, server: SocketAddr, around: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let connector = certificate(dir);
        let [tls, plain] = free_ports();
        let syslog = UnixDatagram::bind(dir.join("syslog")).unwrap();
        syslog.set_nonblocking(true).unwrap();
        let mut command = Command::new("sh");
        command.args(["-uc", GUARD, "guard"]);
        match kind {
            Kind::Nginx => configure_nginx(dir, server, (tls, plain), around),
            Kind::Haproxy => configure_haproxy(dir, server, (tls, plain)),
        }
        match kind {
            Kind::Nginx => command.arg(program("nginx")).args(["-e", "errors", "-c"]),
            Kind::Haproxy => {
                command
                    .arg(program("haproxy"))
                    .args(["-D", "-p", "pid", "-f", "global.cfg", "-f"])
            }
        };
        let mut guard = command
            .arg(dir.join("main"))
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(dir.join("said")).unwrap())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let mut said = BufReader::new(guard.stdout.take().unwrap());
        said.read_line(&mut ready).unwrap();
        let proxy = Self {
            tls,
            plain,
            host: server.to_string(),
            connector,
            guard,
            syslog,
            folder,
        };
        match ready.trim() {
            "ready" => Ok(proxy),
            _ => Err(std::fs::read_to_string(proxy.folder.path().join("said")).unwrap()),
        }
    }

    /// A connection as a browser has it, from that address of this machine.
    pub async fn connect_from(&self, source: Ipv4Addr) -> TlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((source, 0).into()).unwrap();
        let tcp = socket.connect(self.tls).await.unwrap();
        let name = ServerName::from(self.tls.ip());
        self.connector.connect(name, tcp).await.unwrap()
    }

    /// Sends bytes, with `HOST` as the server's name, and reads until the connection closes.
    pub async fn ask(&self, request: &str) -> String {
        let stream = self.connect_from(Ipv4Addr::LOCALHOST).await;
        until_closed(stream, &request.replace("HOST", &self.host)).await
    }

    /// The same without TLS.
    pub async fn ask_plainly(&self, request: &str) -> String {
        let stream = TcpStream::connect(self.plain).await.unwrap();
        until_closed(stream, &request.replace("HOST", &self.host)).await
    }

    /// One `GET` with that token, as text with its head.
    pub async fn get(&self, path: &str, token: Option<&str>) -> String {
        let auth = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let auth = auth.unwrap_or_default();
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: HOST\r\n{auth}Connection: close\r\n\r\n"
        ))
        .await
    }

    /// A file or folder of the proxy.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ends the proxy. Returns what it wrote down of requests.
    pub fn stop(mut self) -> String {
        self.end();
        let mut log = std::fs::read_to_string(self.path("visita.log")).unwrap_or_default();
        let mut line = [0; 8192];
        while let Ok(length) = self.syslog.recv(&mut line) {
            log.push_str(&String::from_utf8_lossy(&line[..length]));
        }
        log
    }

    fn end(&mut self) {
        drop(self.guard.stdin.take());
        self.guard.wait().unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end();
    }
}

/// nginx's own file with nothing but places for its data, and the shipped one inside.
fn configure_nginx(dir: &Path, server: SocketAddr, at: (SocketAddr, SocketAddr), around: &str) {
    let shown = dir.display();
    let site = shipped(
        include_str!("../../../../deploy/nginx.conf"),
        &[
            ("listen 80;", &format!("listen {};", at.1)),
            ("listen 443 ssl;", &format!("listen {} ssl;", at.0)),
            ("/etc/ssl/visita/", &format!("{shown}/")),
            ("/var/log/nginx/", &format!("{shown}/")),
            ("server 127.0.0.1:8080;", &format!("server {server};")),
        ],
    );
    let data: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {shown}/{name};\n"))
        .collect();
    // As root, the workers would be somebody who may not enter our folder.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let user = if is_root { "user root;" } else { "" };
    let around = around.replace("DIR", &shown.to_string());
    let main = format!(
        "{user}\npid {shown}/pid;\nerror_log {shown}/errors;\nevents {{}}\n\
         http {{\n{data}{around}\ninclude {shown}/site;\n}}\n"
    );
    std::fs::write(dir.join("site"), site).unwrap();
    std::fs::write(dir.join("main"), main).unwrap();
}

/// HAProxy takes several files: its own part, and the shipped one.
fn configure_haproxy(dir: &Path, server: SocketAddr, at: (SocketAddr, SocketAddr)) {
    let shown = dir.display();
    let site = shipped(
        include_str!("../../../../deploy/haproxy.cfg"),
        &[
            ("bind :80\n", &format!("bind {}\n", at.1)),
            ("bind :443 ssl", &format!("bind {} ssl", at.0)),
            ("/etc/haproxy/visita.pem", &format!("{shown}/both.pem")),
            (
                "server visita 127.0.0.1:8080",
                &format!("server visita {server}"),
            ),
        ],
    );
    let global = format!("global\n    log {shown}/syslog local0\n");
    std::fs::write(dir.join("global.cfg"), global).unwrap();
    std::fs::write(dir.join("main"), site).unwrap();
}

/// The file with other ports and paths, each of which stands in it.
fn shipped(text: &str, others: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (ours, other) in others {
        assert!(text.contains(ours), "deploy has no `{ours}` any more");
        text = text.replace(ours, other);
    }
    text
}

/// A certificate of its own for each proxy, and who trusts it.
fn certificate(dir: &Path) -> TlsConnector {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-subj", "/CN=clinic.example"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(dir)
        .output()
        .expect("`openssl` is installed");
    assert!(made.status.success(), "{made:?}");
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let both = read("certificate.pem") + &read("key.pem");
    std::fs::write(dir.join("both.pem"), both).unwrap();
    let mut roots = RootCertStore::empty();
    let ours = CertificateDer::from_pem_file(dir.join("certificate.pem")).unwrap();
    roots.add(ours).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Two ports that nobody has just now.
fn free_ports() -> [SocketAddr; 2] {
    let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|listener| listener.local_addr().unwrap())
}

/// The program, on `PATH` or where Debian has it and only root's `PATH` leads.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|dir| dir.join(name))
        .find(|file| file.exists())
        .unwrap_or_else(|| panic!("no {name} is installed; `cargo xtask install` does it"))
}
