//! Where things are kept: the tables, the two roles' grants and the row-level policies.
//!
//! A migration is one SQL file, applied once, in order, by the role `huimin_owner`. Never edit a file
//! that has landed: add the next one. Each must be safe under a running older binary (add, backfill,
//! then remove in a later release).

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

/// Every step, in order.
const STEPS: &[SqlFile] = sql_files![
    "0001_actor",
    "0002_account",
    "0003_cases",
    "0004_registry",
    "0005_services",
    "0006_notices",
    "0007_policies",
    "0008_ready",
    "0010_services",
    "0011_clocks",
    "0012_administration",
    "0020_joined",
    "0021_care",
    "0022_escalation",
    "0023_respond",
    "0030_finance",
    "0031_products",
    "0032_partners",
    "0033_finance_mend",
    "0034_care_mend",
    "0035_foundation_mend"
];

/// The text of every step, in order: what a database that was migrated depends on.
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
