//! The database schema: tables, functions, grants of the serving role and row-level policies.
//!
//! A migration is one SQL file, applied once, in order, by the role `huimin_owner`. Nothing has been released yet, so a
//! file is still edited in place. From the first release on, files are only added, and each must be safe while an older
//! binary is running (add, backfill, then remove in a later release).

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

/// One SQL file as a migration step.
#[derive(Clone, Copy)]
struct SqlFile {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for SqlFile {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlFile {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await?;
        Ok(())
    }
}

macro_rules! sql_files {
    ($($name:literal),+ $(,)?) => {
        &[$(SqlFile { name: $name, sql: include_str!(concat!("../sql/", $name, ".sql")) }),+]
    };
}

/// All migrations, in order.
const STEPS: &[SqlFile] = sql_files![
    "0001_actor",
    "0002_account",
    "0003_cases",
    "0004_registry",
    "0005_services",
    "0006_notices",
    "0007_care",
    "0008_finance",
    "0009_grants",
    "0010_policies",
];

/// The SQL text of all migrations, in order, for tests: the key of a database template and the number of migrations.
pub fn sources() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.sql)
}

/// Applies the files under `migrations/sql` in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.iter().map(|step| Box::new(*step) as Box<dyn MigrationTrait>).collect()
    }
}
