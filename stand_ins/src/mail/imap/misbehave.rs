//! How a step goes wrong.

use std::io;

use super::session::Session;
use super::{ImapDoes, now};

impl Session<'_> {
    pub async fn tagged(&mut self, tag: &str, data: &[u8], ok: &str) -> io::Result<()> {
        let mut answer = data.to_vec();
        if !tag.is_empty() {
            answer.extend_from_slice(format!("{tag} OK {ok}\r\n").as_bytes());
        }
        self.line.write(&answer).await
    }

    pub async fn misbehave(&mut self, does: ImapDoes, tag: &str, data: &[u8], ok: &str) -> io::Result<()> {
        let cut = Err(io::ErrorKind::ConnectionAborted.into());
        match does {
            ImapDoes::Cut | ImapDoes::CutInLiteral { .. } => cut,
            ImapDoes::CutBeforeOk => {
                self.line.write(data).await?;
                cut
            }
            ImapDoes::Bye => {
                self.line.write(b"* BYE going down\r\n").await?;
                cut
            }
            ImapDoes::Silent => std::future::pending().await,
            ImapDoes::No(text) => self.line.write(format!("{tag} NO {text}\r\n").as_bytes()).await,
            ImapDoes::Bad(text) => self.line.write(format!("{tag} BAD {text}\r\n").as_bytes()).await,
            ImapDoes::Alert(text) => {
                self.line.write(format!("* OK [ALERT] {text}\r\n").as_bytes()).await?;
                self.tagged(tag, data, ok).await
            }
            ImapDoes::Announces(_) => self.tagged(tag, data, ok).await,
            ImapDoes::Dribble { bytes } => {
                let answer = [data, format!("{tag} OK {ok}\r\n").as_bytes()].concat();
                for packet in answer.chunks(bytes.max(1)) {
                    self.line.write(packet).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
            ImapDoes::Late(by) => {
                tokio::time::sleep(by).await;
                self.tagged(tag, data, ok).await
            }
            ImapDoes::Says(words) => {
                self.line.write(words.as_bytes()).await?;
                self.tagged(tag, data, ok).await
            }
            ImapDoes::SaysAfter(words) => {
                let answer = [data, format!("{tag} OK {ok}\r\n{words}").as_bytes()].concat();
                self.line.write(&answer).await
            }
            ImapDoes::Arrives(mail) => {
                let exists = {
                    let folder = &mut self.shared.state().folder;
                    folder.add(mail.into_bytes(), now(), false);
                    folder.exists()
                };
                self.tagged(tag, &[data, format!("* {exists} EXISTS\r\n").as_bytes()].concat(), ok).await
            }
            ImapDoes::WrongTag => self.tagged("t0", data, ok).await,
        }
    }
}
