//! Runs the measured city: the release binary with its private Postgres, over its socket or over TCP (for pgbench).

use cluster::{Cluster, DATABASE, Lease, Options, Role};
use load::{
    applicant::{Applicant, ITEM},
    browser::Browser,
    people,
    program::{Program, Served, free_address},
};
use server::Vault;
use shared::ids::OrganisationId;
use sqlx::{Connection, PgConnection};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};
use tokio::runtime::Runtime;

/// Connections of the server to Postgres, and of pgbench.
pub(super) const POOL: u32 = 24;
/// Clients of the concurrent measurements.
pub(super) const CLIENTS: u8 = 32;
/// The number of cold starts.
const STARTS: usize = 5;
const START_TIMEOUT: Duration = Duration::from_secs(300);
/// A nonexistent item that prepared drafts are moved to, so that their owners can start another one.
const PARKED: &str = "bench-01-public-place-hygiene-permit";

/// The dispatch centre whose board is watched.
const CENTRE: &str = "dispatch-420106";

/// An error as text.
pub(super) fn error_text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The address of a client.
pub(super) fn address(client: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, client.saturating_add(1))
}

/// A data folder with its Postgres and the program.
pub(super) struct BenchCity {
    pub(super) program: Program,
    pub(super) cluster: Cluster,
    pub(super) runtime: Runtime,
    lease: Option<Lease>,
}

impl BenchCity {
    pub(super) fn new(binary: &Path, data_dir: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(data_dir).map_err(error_text)?;
        let clients: Vec<String> = (0..CLIENTS).map(|n| address(n).to_string()).chain(["127.0.0.1".to_owned()]).collect();
        let program = Program {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            address: free_address().map_err(error_text)?,
            arguments: vec!["--demo".to_owned(), "--pool".to_owned(), POOL.to_string()],
            variables: vec![("HUIMIN_GATEWAYS".to_owned(), clients.join(",")), ("RUST_LOG".to_owned(), "warn".to_owned())],
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(error_text)?;
        Ok(Self { program, cluster: Cluster::at(data_dir).map_err(error_text)?, runtime, lease: None })
    }

    /// Seeds the city, then restarts it repeatedly. Returns milliseconds from the start of the process to the first 200 of
    /// `/healthz`, with Postgres stopped before and with Postgres running.
    pub(super) fn cold_starts(&mut self) -> Result<(Vec<f64>, Vec<f64>), String> {
        let start = |program: &Program| -> Result<f64, String> {
            let mut served = program.serve().map_err(error_text)?;
            let took = served.wait_for("/healthz", START_TIMEOUT).map_err(error_text)?;
            served.end().map_err(error_text)?;
            Ok(took.as_secs_f64() * 1000.0)
        };
        start(&self.program)?;
        let cold = (0..STARTS).map(|_| start(&self.program)).collect::<Result<_, _>>()?;
        let lease = self.runtime.block_on(self.cluster.start()).map_err(error_text)?;
        let warm = (0..STARTS).map(|_| start(&self.program)).collect::<Result<_, _>>()?;
        self.runtime.block_on(lease.release()).map_err(error_text)?;
        Ok((cold, warm))
    }

    /// Starts Postgres with a TCP port and the program, with more items in the catalogue.
    pub(super) fn serve_over_tcp(&mut self) -> Result<Served, String> {
        let tcp_port = Some(free_address().map_err(error_text)?.port());
        let lease =
            self.runtime.block_on(self.cluster.start_with(Options { tcp_port, ..Options::default() })).map_err(error_text)?;
        self.lease = Some(lease);
        for (name, role) in [("DATABASE_URL", Role::App), ("DATABASE_OWNER_URL", Role::Owner)] {
            let url = self.cluster.tcp_url(role).map_err(error_text)?.ok_or("Postgres does not listen on TCP")?;
            self.program.variables.push((name.to_owned(), url));
        }
        self.add_items()?;
        let mut served = self.program.serve().map_err(error_text)?;
        served.wait_for("/readyz", START_TIMEOUT).map_err(error_text)?;
        Ok(served)
    }

    /// Starts the program on a seeded city.
    pub(super) fn serve(&self) -> Result<Served, String> {
        let mut served = self.program.serve().map_err(error_text)?;
        served.wait_for("/readyz", START_TIMEOUT).map_err(error_text)?;
        Ok(served)
    }

    /// Seeds the city, enables commit timestamps in Postgres, and serves it.
    pub(super) fn serve_with_commit_times(&mut self) -> Result<Served, String> {
        let start = |program: &Program| -> Result<Served, String> {
            let mut served = program.serve().map_err(error_text)?;
            served.wait_for("/readyz", START_TIMEOUT).map_err(error_text)?;
            Ok(served)
        };
        let served = start(&self.program)?;
        self.runtime.block_on(async {
            let sql = "ALTER SYSTEM SET track_commit_timestamp = on";
            sqlx::raw_sql(sql).execute(&mut self.superuser().await?).await.map(drop).map_err(error_text)
        })?;
        served.end().map_err(error_text)?;
        start(&self.program)
    }

    /// The database's clock, in seconds since 1970.
    pub(super) fn clock(&self) -> Result<f64, String> {
        self.query_number("SELECT extract(epoch FROM clock_timestamp())::float8")
    }

    /// The delay of the most overdue escalation step at this moment, in seconds.
    pub(super) fn most_overdue(&self) -> Result<f64, String> {
        self.query_number("SELECT coalesce(extract(epoch FROM clock_timestamp() - min(next_step_at)), 0)::float8 FROM care_call WHERE next_step_at < clock_timestamp()")
    }

    fn query_number(&self, sql: &'static str) -> Result<f64, String> {
        self.runtime.block_on(async { sqlx::query_scalar(sql).fetch_one(&mut self.superuser().await?).await.map_err(error_text) })
    }

    /// The delay of every step that was due after `since`, in microseconds: until its commit, or until now while it waits.
    pub(super) fn lateness(&self, since: f64) -> Result<Vec<u32>, String> {
        let delays: Vec<f64> = self.runtime.block_on(async {
            sqlx::query_scalar(
                "SELECT greatest(0, extract(epoch FROM min(pg_xact_commit_timestamp(xmin)) - min(due_at)) * 1e6)::float8
                   FROM care_alert WHERE due_at >= to_timestamp($1) GROUP BY case_id, round, step
                 UNION ALL SELECT extract(epoch FROM clock_timestamp() - next_step_at)::float8 * 1e6 FROM care_call
                  WHERE next_step_at >= to_timestamp($1) AND next_step_at < clock_timestamp()",
            )
            .bind(since)
            .fetch_all(&mut self.superuser().await?)
            .await
            .map_err(error_text)
        })?;
        Ok(delays
            .into_iter()
            .map(|micros| Duration::try_from_secs_f64(micros / 1e6).unwrap_or_default())
            .map(super::measure::Measured::micros)
            .collect())
    }

    /// Adds responders to the watched district, all on duty, spread over the city.
    pub(super) fn add_responders(&self, responders: u32) -> Result<(), String> {
        let (mut latitudes, mut longitudes) = (Vec::new(), Vec::new());
        for (latitude, longitude) in (0..responders).map(super::ranking::place) {
            latitudes.push(latitude);
            longitudes.push(longitude);
        }
        self.runtime.block_on(async {
            sqlx::query(
                "WITH place AS (SELECT gen_random_uuid() AS id, n, latitude, longitude
                                  FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS p (latitude, longitude, n)),
                      centre AS (SELECT id FROM organisation WHERE code = $3),
                      new_account AS (INSERT INTO account (id, email_sealed, email_index, password_hash, staff_name, demo)
                               SELECT id, ''::bytea, sha256(id::text::bytea), '', '救援员 ' || n, true FROM place RETURNING id),
                      new_membership AS (INSERT INTO membership (id, account_id, organisation_id, role)
                               SELECT gen_random_uuid(), new_account.id, centre.id, 'responder' FROM new_account, centre RETURNING account_id),
                      new_duty AS (INSERT INTO care_duty (account_id, on_duty) SELECT account_id, true FROM new_membership RETURNING account_id)
                 INSERT INTO care_responder (account_id, organisation_id, skills, languages, mode, latitude, longitude, accuracy_m, located_at)
                 SELECT place.id, centre.id, ARRAY['first_aid'], ARRAY['zh'], 'moped', latitude, longitude, 20, now()
                   FROM new_duty JOIN place ON place.id = new_duty.account_id, centre",
            )
            .bind(latitudes)
            .bind(longitudes)
            .bind(CENTRE)
            .execute(&mut self.superuser().await?)
            .await
            .map_err(error_text)?;
            sqlx::raw_sql("ANALYZE").execute(&mut self.superuser().await?).await.map(drop).map_err(error_text)
        })
    }

    /// The id of the watched dispatch centre.
    pub(super) fn centre(&self) -> Result<OrganisationId, String> {
        self.runtime.block_on(async {
            let centre = sqlx::query_scalar("SELECT id FROM organisation WHERE code = $1")
                .bind(CENTRE)
                .fetch_one(&mut self.superuser().await?)
                .await;
            centre.map(OrganisationId).map_err(error_text)
        })
    }

    /// The output of the program.
    pub(super) fn server_log(&self) -> Result<String, String> {
        std::fs::read_to_string(self.program.data_dir.join("serve.log")).map_err(error_text)
    }

    /// Adds seventeen copies of each item of the catalogue, so that a page of the list is full.
    fn add_items(&self) -> Result<(), String> {
        self.runtime.block_on(async {
            let mut superuser = self.superuser().await?;
            sqlx::raw_sql(
                "INSERT INTO item (code, version, valid, definition, digest, name_zh, name_en, audience, themes, search, card)
                 SELECT made, version, valid, definition, digest, name_zh, name_en, audience, themes, search,
                     card || jsonb_build_object('code', made)
                 FROM item, generate_series(1, 17) n, format('bench-%s-%s', lpad(n::text, 2, '0'), code) made
                 WHERE code NOT LIKE 'bench-%';
                 ANALYZE item",
            )
            .execute(&mut superuser)
            .await
            .map(drop)
            .map_err(error_text)
        })
    }

    async fn superuser(&self) -> Result<PgConnection, String> {
        PgConnection::connect_with(&self.cluster.options(Role::Superuser, DATABASE)).await.map_err(error_text)
    }

    /// Signs residents in and prepares drafts that are ready to submit.
    pub(super) fn applicants(&self, drafts: usize) -> Result<Vec<(Applicant, Vec<String>)>, String> {
        let vault = Vault::open_keyring(&self.program.data_dir.join("keys.json")).map_err(error_text)?;
        let contacts = self.runtime.block_on(async { people::residents(&mut self.superuser().await?, &vault).await })?;
        let to: SocketAddr = self.program.address;
        let mut applicants: Vec<(Applicant, Vec<String>)> = (0..CLIENTS)
            .zip(contacts)
            .map(|(n, contact)| (Applicant::new(Browser::new(to, address(n)), contact, u16::from(n)), Vec::new()))
            .collect();
        if applicants.len() < usize::from(CLIENTS) {
            return Err(format!("the demo city has only {} residents to sign in", applicants.len()));
        }
        run_concurrently(&mut applicants, |(applicant, _)| Ok(applicant.sign_in()?))?;
        for _ in 0..drafts {
            run_concurrently(&mut applicants, |(applicant, drafts)| {
                let draft = applicant.begin()?;
                applicant.fill(&draft)?;
                drafts.push(draft);
                Ok(())
            })?;
            let fresh = applicants.iter().filter_map(|(_, drafts)| drafts.last()?.parse().ok()).collect();
            self.rename(&fresh, PARKED)?;
        }
        let all = applicants.iter().flat_map(|(_, drafts)| drafts).filter_map(|d| d.parse().ok()).collect();
        self.rename(&all, ITEM)?;
        Ok(applicants)
    }

    fn rename(&self, drafts: &Vec<uuid::Uuid>, item: &str) -> Result<(), String> {
        self.runtime.block_on(async {
            let mut superuser = self.superuser().await?;
            let renaming = sqlx::query("UPDATE draft SET item_code = $1 WHERE id = ANY($2)").bind(item).bind(drafts);
            renaming.execute(&mut superuser).await.map(drop).map_err(error_text)
        })
    }

    /// Runs statements as the superuser.
    pub(super) fn execute_as_superuser(&self, sql: &str) -> Result<(), String> {
        self.runtime.block_on(async {
            let mut superuser = self.superuser().await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut superuser).await.map(drop).map_err(error_text)
        })
    }

    /// Queries one text value as the superuser.
    pub(super) fn query_text(&self, sql: &str) -> Result<String, String> {
        self.runtime.block_on(async {
            let mut superuser = self.superuser().await?;
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut superuser).await.map_err(error_text)
        })
    }

    /// The version of Postgres.
    pub(super) fn postgres_version(&self) -> Result<String, String> {
        self.runtime.block_on(async {
            let mut superuser = self.superuser().await?;
            sqlx::query_scalar("SHOW server_version").fetch_one(&mut superuser).await.map_err(error_text)
        })
    }

    /// Releases the lease on Postgres, which stops it.
    pub(super) fn end(mut self) -> Result<(), String> {
        match self.lease.take() {
            Some(lease) => self.runtime.block_on(lease.release()).map(drop).map_err(error_text),
            None => Ok(()),
        }
    }
}

/// Runs the same work for all clients concurrently, each in its own thread.
fn run_concurrently<C: Send>(clients: &mut [C], work: impl Fn(&mut C) -> Result<(), String> + Sync) -> Result<(), String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(|| work(client))).collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap_or_else(|_| Err("a client broke down".to_owned())))
    })
}
