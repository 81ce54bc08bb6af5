//! A PostgreSQL of the tests' own: started by the first test process that needs it, shared by all, gone soon after the
//! last. Test runners start a process per test, so sharing goes through lock files under `target/`.
//!
//! Every process holds a shared lock on `postgres.users`. A watchdog, started with the server, ends it and removes its
//! files once nobody has held that lock for a while.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use trunkline::db;

/// Seconds without any test process until the watchdog ends the server.
const IDLE_S: u32 = 10;
const OLDEST_VERSION: u32 = 15;

/// One test's database; dropped with the value.
pub struct Database {
    name: String,
    socket_dir: String,
}

impl Database {
    /// An empty database with the current schema.
    pub async fn create() -> Self {
        let cluster = tokio::task::spawn_blocking(Cluster::join).await.unwrap();
        let template = cluster.template().await;
        let name = format!("test_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::connect(&cluster.address("postgres")).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await.unwrap();
        admin.close().await.unwrap();
        Self { name, socket_dir: cluster.socket_dir }
    }

    pub fn address(&self) -> String {
        address(&self.socket_dir, &self.name)
    }
}

impl Drop for Database {
    /// On a thread of its own, because the test's runtime may be ending. What a killed test leaves goes with the server.
    fn drop(&mut self) {
        let (name, admin) = (self.name.clone(), address(&self.socket_dir, "postgres"));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if let Ok(mut admin) = PgConnection::connect(&admin).await {
                    let _ = admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await;
                }
            });
        });
        let _ = dropping.join();
    }
}

struct Cluster {
    socket_dir: String,
}

/// Held until the process ends, whatever way it ends.
static USERS_LOCK: OnceLock<File> = OnceLock::new();

impl Cluster {
    /// Joins the running server, or starts one.
    fn join() -> Self {
        USERS_LOCK.get_or_init(|| {
            let users = File::create(state_file("users")).unwrap();
            users.lock_shared().unwrap();
            users
        });
        let starting = File::create(state_file("start")).unwrap();
        starting.lock().unwrap();
        let noted = std::fs::read_to_string(state_file("socket")).unwrap_or_default();
        if !noted.is_empty() && std::os::unix::net::UnixStream::connect(Path::new(&noted).join(".s.PGSQL.5432")).is_ok() {
            return Self { socket_dir: noted };
        }
        let socket_dir = start();
        std::fs::write(state_file("socket"), &socket_dir).unwrap();
        Self { socket_dir }
    }

    fn address(&self, database: &str) -> String {
        address(&self.socket_dir, database)
    }

    /// Name of a database with the current schema, made once for all tests.
    async fn template(&self) -> String {
        let name = format!("template_{}", schema_hash());
        let making = tokio::task::spawn_blocking(|| {
            let lock = File::create(state_file("template")).unwrap();
            lock.lock().unwrap();
            lock
        });
        let _making = making.await.unwrap();
        let mut admin = PgConnection::connect(&self.address("postgres")).await.unwrap();
        let known = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&name).fetch_optional(&mut admin).await;
        if known.unwrap().is_none() {
            let unfinished = format!("{name}_{:08x}", rand::random::<u32>());
            admin.execute(AssertSqlSafe(format!("CREATE DATABASE {unfinished}"))).await.unwrap();
            let store = db::open(&self.address(&unfinished), 2).await.unwrap();
            db::migrate(&store).await.unwrap();
            store.close().await;
            admin.execute(AssertSqlSafe(format!("ALTER DATABASE {unfinished} RENAME TO {name}"))).await.unwrap();
        }
        name
    }
}

fn address(socket_dir: &str, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={socket_dir}")
}

fn state_file(what: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres.{what}"))
}

fn schema_hash() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(std::fs::read(file).unwrap());
    }
    hex::encode(&hash.finalize()[..8])
}

/// Starts a server that listens on a socket in its own directory only, and returns that directory.
fn start() -> String {
    let bin = server_programs();
    // Short, because the path of a socket is at most 107 bytes long.
    let home = tempfile::Builder::new().prefix("tl-pg-").tempdir_in("/tmp").unwrap().keep();
    std::fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
    let user = server_user();
    if let Some((uid, gid)) = user {
        chown(&home, Some(uid), Some(gid)).unwrap();
    }
    let data = home.join("data");
    let run = |program: &str, args: &[&str]| {
        let mut command = Command::new(bin.join(program));
        command.args(args).current_dir("/").process_group(0).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(state_file("log")).unwrap());
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        let status = command.status().unwrap();
        assert!(status.success(), "{program} failed; see {}", state_file("log").display());
    };
    let data_arg = data.to_str().unwrap();
    run("initdb", &["-D", data_arg, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
    // fsync stays on: the daemon refuses a server that may lose what it confirmed.
    let settings = format!(
        "listen_addresses=''\nunix_socket_directories='{}'\nmax_connections=300\nshared_buffers=64MB\nmax_wal_size=512MB\n",
        home.display()
    );
    let config = data.join("postgresql.conf");
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + &settings).unwrap();
    let log = home.join("server.log");
    run("pg_ctl", &["start", "-w", "-t", "60", "-D", data_arg, "-l", log.to_str().unwrap()]);
    start_watchdog(&home, &data);
    home.to_str().unwrap().to_owned()
}

/// Ends the server by the process id in its own file, then removes its directory.
#[expect(clippy::zombie_processes, reason = "it outlives the test process, which is one of many")]
fn start_watchdog(home: &Path, data: &Path) {
    const SCRIPT: &str = r#"
        idle=0
        while [ "$idle" -lt "$5" ]; do
            sleep 1
            if flock --nonblock --exclusive "$1" true; then idle=$((idle + 1)); else idle=0; fi
        done
        exec 9<"$1"
        flock --exclusive 9
        pid=$(head -n 1 "$4/postmaster.pid") && kill -INT "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
        rm -f "$2"
        rm -rf "$3"
    "#;
    Command::new("sh")
        .args(["-c", SCRIPT, "postgres-watchdog"])
        .args([&state_file("users"), &state_file("socket"), home, data])
        .arg(IDLE_S.to_string())
        .process_group(0)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
}

/// The server refuses to run as root: then it runs as `postgres`, or `nobody` where there is no such user.
fn server_user() -> Option<(u32, u32)> {
    let own = std::fs::metadata("/proc/self").unwrap();
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[0] == name)?;
        Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("a user that is not root"))
}

/// The folder of `initdb` and `postgres`, 15 or newer.
fn server_programs() -> PathBuf {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    if let Ok(told) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(String::from_utf8_lossy(&told.stdout).trim().into());
    }
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let version = |folder: &PathBuf| -> Option<u32> {
        let told = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8(told.stdout).ok()?;
        text.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
    };
    let newest = folders.into_iter().filter(|folder| folder.join("initdb").exists()).max_by_key(|folder| version(folder));
    newest
        .filter(|folder| version(folder) >= Some(OLDEST_VERSION))
        .expect("PostgreSQL 15 or newer is needed: scripts/need-test.sh installs it")
}
