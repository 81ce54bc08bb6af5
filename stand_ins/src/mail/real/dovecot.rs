//! Dovecot's part: mailboxes, IMAP, LMTP from Postfix, and logins for both.

use std::fmt::Write as _;
use std::path::Path;

use super::{MAIL_USER, Ports, directory_of, ids, private_file};

pub(super) fn configure(root: &Path, ports: &Ports, users: &[(&str, &str)]) -> anyhow::Result<()> {
    directory_of(&root.join("mail"), MAIL_USER)?;
    let (uid, gid) = ids(MAIL_USER)?;
    let mut accounts = String::new();
    for (address, password) in users {
        writeln!(accounts, "{address}:{{PLAIN}}{password}")?;
    }
    private_file(&root.join("users"), &accounts)?;
    // The authentication process runs as dovecot and reads it after dropping root.
    directory_owner(&root.join("users"), "dovecot")?;
    let at = root.display();
    let Ports { imap, imaps, lmtp, .. } = ports;
    let text = format!(
        "base_dir = {at}/dovecot
state_dir = {at}/dovecot
instance_name = {name}
log_path = {at}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{at}/cert.pem
ssl_key = <{at}/key.pem
auth_mechanisms = plain login
mail_location = maildir:{at}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = {uid}
first_valid_gid = {gid}
mail_fsync = never
passdb {{
  driver = passwd-file
  args = username_format=%u {at}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {at}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
",
        name = root.file_name().unwrap_or_default().to_string_lossy(),
    );
    std::fs::write(root.join("dovecot.conf"), text)?;
    Ok(())
}

fn directory_owner(at: &Path, user: &str) -> anyhow::Result<()> {
    let (uid, gid) = ids(user)?;
    Ok(std::os::unix::fs::chown(at, Some(uid), Some(gid))?)
}
