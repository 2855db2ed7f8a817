//! Test fixture for the edges of the system: a city with one case, and a mail server and SMS gateway that receive messages.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test fixture may panic, and its names are self-explanatory"
)]

use crate::TestDb;
use cluster::Role;
use server::{Actor, AppState, Config, Store, Vault};
use shared::ids::{AccountId, CaseId, NoticeId, OrganisationId, PersonId};
use sqlx::PgPool;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use uuid::Uuid;

/// A temporary folder of one test, removed when dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("huimin-edges-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn vault(&self) -> Vault {
        let keyring = self.0.join("keyring.json");
        Vault::init(&keyring).expect("a keyring");
        Vault::open_keyring(&keyring).expect("the keyring opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct EdgeFixture {
    pub state: AppState,
    pub db: TestDb,
    pub folder: Folder,
}

impl EdgeFixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let (db, folder) = (TestDb::new().await, Folder::new());
        let store =
            Store::connect(db.options(Role::App), 12, folder.vault()).await.expect("a store").with(crate::test_flow::LIVES);
        let mut config = Config::demo(folder.0.clone());
        change(&mut config);
        Self { state: AppState::new(store, config), db, folder }
    }

    pub fn owner(&self) -> &PgPool {
        &self.db.owner
    }

    /// Terminates every connection of the app role, as a restart of Postgres would.
    pub async fn terminate_connections(&self) {
        let superuser = PgPool::connect(&self.db.superuser_url).await.expect("the superuser");
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'huimin_app'")
            .bind(&self.db.name)
            .execute(&superuser)
            .await
            .expect("connections end");
        superuser.close().await;
    }

    pub async fn account(&self, email: Option<&str>, phone: Option<&str>, lang: &str) -> AccountId {
        let (id, vault) = (Uuid::now_v7(), &self.state.store.vault);
        let seal = |context: &str, value: Option<&str>| value.map(|v| vault.seal(context, id, v.as_bytes()).expect("sealed"));
        sqlx::query(
            "INSERT INTO account (id, email_sealed, email_index, phone_sealed, phone_index, password_hash, lang)
             VALUES ($1, $2, $3, $4, $5, 'x', $6)",
        )
        .bind(id)
        .bind(seal("account.email", email))
        .bind(email.map(|e| vault.index("email", e)))
        .bind(seal("account.phone", phone))
        .bind(phone.map(|p| vault.index("phone", p)))
        .bind(lang)
        .execute(self.owner())
        .await
        .expect("an account");
        id.into()
    }

    pub async fn person(&self, account: AccountId) -> PersonId {
        let (id, vault) = (Uuid::now_v7(), &self.state.store.vault);
        sqlx::query("INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(vault.seal("person.name", id, "张三".as_bytes()).expect("sealed"))
            .bind(vault.seal("person.resident_id", id, b"11010519491231002X").expect("sealed"))
            .bind(vault.index("resident_id", &id.to_string()))
            .execute(self.owner())
            .await
            .expect("a person");
        sqlx::query("UPDATE account SET person_id = $2 WHERE id = $1")
            .bind(account.uuid())
            .bind(id)
            .execute(self.owner())
            .await
            .expect("a person of the account");
        id.into()
    }

    /// Creates a case in a new organisation. Returns (case, organisation, number).
    pub async fn case(&self, account: AccountId, person: PersonId) -> (CaseId, OrganisationId, String) {
        let (case, organisation) = (Uuid::now_v7(), Uuid::now_v7());
        let number = format!("BJ{}", case.simple());
        sqlx::query("INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES ($1, $2, 'department', '部', 'D')")
            .bind(organisation)
            .bind(organisation.to_string())
            .execute(self.owner())
            .await
            .expect("an organisation");
        sqlx::query(
            "INSERT INTO cases (id, number, kind, title_zh, title_en, subject_id, applicant_id, organisation_id, state, opened_at, changed_at)
             VALUES ($1, $2, 'application', '津贴', 'Allowance', $3, $4, $5, 'submitted', now(), now())",
        )
        .bind(case)
        .bind(&number)
        .bind(person.uuid())
        .bind(account.uuid())
        .bind(organisation)
        .execute(self.owner())
        .await
        .expect("a case");
        (case.into(), organisation.into(), number)
    }

    /// Creates a notice of the case and enqueues its delivery job.
    pub async fn notice(&self, account: AccountId, case: Option<CaseId>) -> NoticeId {
        let id = Uuid::now_v7();
        let facts = serde_json::json!({ "number": "BJ1", "zh": "津贴", "en": "Allowance" });
        let mut tx = self.owner().begin().await.expect("a transaction");
        sqlx::query("INSERT INTO notice (id, account_id, case_id, kind, facts) VALUES ($1, $2, $3, 'accept', $4)")
            .bind(id)
            .bind(account.uuid())
            .bind(case.map(CaseId::uuid))
            .bind(facts)
            .execute(&mut *tx)
            .await
            .expect("a notice");
        sqlx::query("SELECT graphile_worker.add_job('deliver', $1::json)")
            .bind(serde_json::json!({ "notice": id }))
            .execute(&mut *tx)
            .await
            .expect("a job");
        tx.commit().await.expect("committed");
        id.into()
    }

    /// The number of jobs in the queue, including running ones.
    pub async fn jobs(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM graphile_worker._private_jobs").fetch_one(self.owner()).await.expect("a count")
    }

    /// The (state, tries) of a delivery.
    pub async fn delivery(&self, notice: NoticeId) -> Option<(String, i32)> {
        sqlx::query_as("SELECT state, tries FROM delivery WHERE notice_id = $1")
            .bind(notice.uuid())
            .fetch_optional(self.owner())
            .await
            .expect("a delivery")
    }
}

pub fn signed_in(account: AccountId, person: Option<PersonId>) -> Actor {
    Actor { account: Some(account), person, ..Actor::default() }
}

/// Waits for a future that must complete. The timeout only ends a test that would otherwise hang: no correct run reaches it,
/// however slow the machine is.
pub async fn within_timeout<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(600), work).await.expect("in time")
}

/// A mail server that accepts every message after rejecting the first `refusals`.
pub async fn mail_server(refusals: usize) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    let (sender, letters) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let remaining = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(refusals));
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle_smtp(stream, sender.clone(), remaining.clone()));
        }
    });
    (url, letters)
}

async fn handle_smtp(
    stream: TcpStream,
    letters: mpsc::UnboundedSender<String>,
    refusals: std::sync::Arc<std::sync::atomic::AtomicUsize>,
) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test\r\n").await.ok()?;
    let mut letter = None::<String>;
    while let Some(line) = lines.next_line().await.ok()? {
        if let Some(text) = &mut letter {
            if line == "." {
                letters.send(letter.take()?).ok()?;
                write.write_all(b"250 taken\r\n").await.ok()?;
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            "EHLO" => b"250 test\r\n",
            "RCPT" if refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() => {
                b"451 not now for li@example.cn\r\n"
            }
            "DATA" => {
                letter = Some(String::new());
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        write.write_all(answer).await.ok()?;
    }
    Some(())
}

/// An SMS gateway that accepts everything. Returns its URL and the received requests.
pub async fn sms_gateway() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/send", listener.local_addr().expect("an address"));
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                request.extend_from_slice(&buffer[..n]);
                if request.ends_with(b"}") {
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
        }
    });
    (url, requests)
}
