//! Real mail servers: Dovecot and Postfix of the system's packages, in a throwaway directory on ports of their own.
//!
//! Needs the Debian packages `dovecot-imapd`, `dovecot-lmtpd` and `postfix`, and root: both servers change users.
//! A Postfix or Dovecot that the system runs is not touched: queue, data, configuration and sockets are apart.

mod dovecot;
mod postfix;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::authority::Authority;
use super::line::Lined;

const PATIENCE: Duration = Duration::from_secs(30);

/// Owner of the mailboxes: a user every Debian has.
const MAIL_USER: &str = "mail";
const POSTFIX_USER: &str = "postfix";

/// Dovecot and Postfix, running until dropped. Mail for its users goes through Postfix into their Dovecot mailboxes;
/// mail for anybody else is taken from users who have logged in, and bounces.
pub struct RealMail {
    pub ports: Ports,
    /// The authority that signed the certificate for `localhost` and 127.0.0.1.
    pub ca_pem: String,
    pub ca_file: PathBuf,
    dovecot: Child,
    postfix: Child,
    directory: TempDir,
}

#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// IMAP with STARTTLS.
    pub imap: u16,
    /// IMAP with implicit TLS.
    pub imaps: u16,
    /// Mail from outside: no login, only to our users.
    pub smtp: u16,
    /// Submission with STARTTLS and login.
    pub submission: u16,
    /// Submission with implicit TLS and login.
    pub submissions: u16,
    lmtp: u16,
}

impl RealMail {
    /// Starts both servers with these users (whole address and password) and waits until they answer.
    ///
    /// # Errors
    /// When a program is missing or does not come up; its log is part of the error.
    pub async fn start(users: &[(&str, &str)]) -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("tlmail")?;
        let root = directory.path();
        std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755))?;
        let authority = Authority::new()?;
        let issued = authority.issue()?;
        let ca_file = root.join("ca.pem");
        authority.write_pem(&ca_file)?;
        std::fs::write(root.join("cert.pem"), &issued.certificate_pem)?;
        private_file(&root.join("key.pem"), &issued.key_pem)?;
        let ports = Ports::free()?;
        // Postfix first: Dovecot makes its login socket inside Postfix's queue directory.
        postfix::configure(root, &ports, users)?;
        dovecot::configure(root, &ports, users)?;
        let dovecot = spawn("dovecot", &["-F", "-c", path(&root.join("dovecot.conf"))?])?;
        let mut starting = Self {
            ports,
            ca_pem: authority.pem().to_owned(),
            ca_file,
            dovecot,
            postfix: spawn("postfix", &["-c", path(&root.join("postfix"))?, "start-fg"])?,
            directory,
        };
        starting.wait().await?;
        Ok(starting)
    }

    /// A mail from outside, as a foreign server would hand it over.
    ///
    /// # Errors
    /// When Postfix does not take it.
    pub async fn inject(&self, from: &str, to: &str, mail: &str) -> anyhow::Result<()> {
        let mut line = Lined::new(TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports.smtp)).await?);
        expect(&mut line, "220").await?;
        for (command, code) in [
            ("EHLO outside.test".to_owned(), "250"),
            (format!("MAIL FROM:<{from}>"), "250"),
            (format!("RCPT TO:<{to}>"), "250"),
            ("DATA".to_owned(), "354"),
            (format!("{}\r\n.", mail.trim_end()), "250"),
            ("QUIT".to_owned(), "221"),
        ] {
            line.write(format!("{command}\r\n").as_bytes()).await?;
            expect(&mut line, code).await.with_context(|| command.chars().take(60).collect::<String>())?;
        }
        Ok(())
    }

    /// The mails that lie in a user's mailbox, read from its Maildir; in no order.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn mailbox(&self, user: &str) -> io::Result<Vec<String>> {
        let maildir = self.directory.path().join("mail").join(user);
        let mut mails = Vec::new();
        for part in ["new", "cur"] {
            let Ok(entries) = std::fs::read_dir(maildir.join(part)) else { continue };
            for entry in entries {
                mails.push(String::from_utf8_lossy(&std::fs::read(entry?.path())?).into_owned());
            }
        }
        Ok(mails)
    }

    /// How many of a user's mails are marked `\Seen`.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub fn seen(&self, user: &str) -> io::Result<usize> {
        let entries = std::fs::read_dir(self.directory.path().join("mail").join(user).join("cur"))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let names: Vec<String> = names.collect::<io::Result<_>>()?;
        // Maildir keeps flags behind `:2,` in the file's name.
        Ok(names.iter().filter(|name| name.rsplit_once(":2,").is_some_and(|(_, flags)| flags.contains('S'))).count())
    }

    /// What both servers wrote, for the message of a test that failed.
    #[must_use]
    pub fn logs(&self) -> String {
        logs(self.directory.path())
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        for port in [self.ports.imap, self.ports.imaps, self.ports.lmtp, self.ports.smtp, self.ports.submission] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                let gone = self.dovecot.try_wait()?.is_some() || self.postfix.try_wait()?.is_some();
                if gone || Instant::now() > end {
                    bail!("the mail servers did not come up:\n{}", self.logs());
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }
}

impl Drop for RealMail {
    fn drop(&mut self) {
        let root = self.directory.path();
        for pid_file in [root.join("queue/pid/master.pid"), root.join("dovecot/master.pid")] {
            let Ok(pid) = std::fs::read_to_string(pid_file) else { continue };
            // The shell's own `kill`: a master that is told to stop takes its children along.
            let _ = Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", pid.trim()]).stderr(Stdio::null()).status();
        }
        for child in [&mut self.postfix, &mut self.dovecot] {
            end(child);
        }
    }
}

/// Waits a little for what was told to stop.
#[expect(clippy::disallowed_methods, reason = "a drop cannot await; five seconds at most, in tests alone")]
fn end(child: &mut Child) {
    let limit = std::time::Instant::now() + Duration::from_secs(5);
    while matches!(child.try_wait(), Ok(None)) && std::time::Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl Ports {
    fn free() -> io::Result<Self> {
        // All held at once so that no two are the same.
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
        }
        let mut ports = held.iter().map(|listener| listener.local_addr().map(|address| address.port()));
        let mut next = || ports.next().unwrap_or(Err(io::ErrorKind::AddrNotAvailable.into()));
        Ok(Self { imap: next()?, imaps: next()?, smtp: next()?, submission: next()?, submissions: next()?, lmtp: next()? })
    }
}

async fn expect(line: &mut Lined, code: &str) -> anyhow::Result<()> {
    loop {
        let reply = tokio::time::timeout(PATIENCE, line.line()).await??.context("the server has gone")?;
        if !reply.starts_with(code) {
            bail!("the server said {reply}");
        }
        if reply.get(3..4) != Some("-") {
            return Ok(());
        }
    }
}

fn spawn(program: &str, arguments: &[&str]) -> anyhow::Result<Child> {
    quiet(program, arguments).spawn().with_context(|| format!("{program} is not installed"))
}

fn quiet(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new("/usr/sbin").join(program));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn private_file(at: &Path, text: &str) -> io::Result<()> {
    std::fs::write(at, text)?;
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o600))
}

/// A directory that belongs to a user of the system.
fn directory_of(at: &Path, user: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(at)?;
    let (uid, gid) = ids(user)?;
    chown(at, Some(uid), Some(gid)).with_context(|| format!("{} cannot be given to {user}: run as root", at.display()))
}

fn ids(user: &str) -> anyhow::Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&user));
    match fields.as_deref() {
        Some([_, _, uid, gid, ..]) => Ok((uid.parse()?, gid.parse()?)),
        _ => bail!("there is no user {user}: install the packages"),
    }
}

fn logs(root: &Path) -> String {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    format!("--- dovecot\n{}--- postfix\n{}", read("dovecot.log"), read("postfix.log"))
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path beyond UTF-8")
}
