//! Tests that every entity matches its table: columns, nullability and types are compared with the migrated database, and no
//! table or column lacks an entity or a field.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use sea_orm::{ColumnTrait, ColumnType, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn, sea_query::ColumnType as Sql};
use server::{account, care, cases, finance, notices, registry, services};
use std::collections::{BTreeMap, BTreeSet};
use testing::TestDb;

/// Tables of third-party tools, which have no entity.
const FOREIGN_TABLES: [&str; 1] = ["public.seaql_migrations"];

/// Columns of types that the driver does not know, which have no field.
const UNMAPPED: [(&str, &str); 3] = [("public.absence", "days"), ("public.event", "xid"), ("public.item", "valid")];

/// A column: its type as Postgres names it, whether it may be null, whether it belongs to the primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    of: String,
    nullable: bool,
    key: bool,
}

type Tables = BTreeMap<String, BTreeMap<String, Shape>>;

/// The name of a type in Postgres; an array type begins with an underscore.
fn type_name(of: &ColumnType) -> String {
    match of {
        Sql::String(_) | Sql::Text => "text".to_owned(),
        Sql::Boolean => "bool".to_owned(),
        Sql::SmallInteger => "int2".to_owned(),
        Sql::Integer => "int4".to_owned(),
        Sql::BigInteger => "int8".to_owned(),
        Sql::Double => "float8".to_owned(),
        Sql::Uuid => "uuid".to_owned(),
        Sql::Json | Sql::JsonBinary => "jsonb".to_owned(),
        Sql::Blob | Sql::Binary(_) | Sql::VarBinary(_) => "bytea".to_owned(),
        Sql::TimestampWithTimeZone => "timestamptz".to_owned(),
        Sql::Date => "date".to_owned(),
        Sql::Array(inner) => format!("_{}", type_name(inner)),
        other => format!("{other:?}"),
    }
}

/// Adds the columns that an entity declares for its table.
fn add<E: EntityTrait>(tables: &mut Tables, entity: E) {
    let keys: BTreeSet<&str> = E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect();
    let columns = E::Column::iter().map(|column| {
        let shape = Shape {
            of: type_name(column.def().get_column_type()),
            nullable: column.def().is_null(),
            key: keys.contains(column.as_str()),
        };
        (column.as_str().to_owned(), shape)
    });
    let name = format!("{}.{}", entity.schema_name().unwrap_or("public"), entity.table_name());
    assert!(tables.insert(name.clone(), columns.collect()).is_none(), "two entities of {name}");
}

macro_rules! entities {
    ($($module:ident: $($entity:ident)+;)+) => {{
        let mut tables = Tables::new();
        $($(add(&mut tables, $module::entity::$entity::Entity);)+)+
        tables
    }};
}

fn entities() -> Tables {
    let mut tables = entities! {
        account: absence account administration district invitation mandate membership one_time_code organisation
            session throttle;
        care: care_alert care_call care_centre care_contact care_device care_duty care_heartbeat care_offer care_policy
            care_press care_profile care_responder care_rota;
        cases: case case_clock event idempotency;
        finance: bank_product bank_product_change credit_decision demand demand_detail diligence enterprise
            finance_consent finance_read offer;
        notices: delivery notice operator_warning;
        registry: person register_kinship register_legal_entity register_person register_read;
        services: application application_revision correction decision draft item rating upload;
    };
    add(&mut tables, server::store::person_key::Entity);
    tables
}

/// The columns of the migrated database.
async fn database() -> Tables {
    let db = TestDb::new().await;
    let columns: Vec<(String, String, String, bool, bool)> = sqlx::query_as(
        "SELECT c.table_schema || '.' || c.table_name, c.column_name::text, c.udt_name::text, c.is_nullable = 'YES',
                EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                         WHERE i.indisprimary AND i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
                           AND a.attname = c.column_name)
           FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
          WHERE c.table_schema IN ('public', 'register') AND t.table_type = 'BASE TABLE'",
    )
    .fetch_all(&db.owner)
    .await
    .unwrap();
    let mut tables = Tables::new();
    for (table, column, of, nullable, key) in columns {
        tables.entry(table).or_default().insert(column, Shape { of, nullable, key });
    }
    tables
}

#[tokio::test]
async fn every_table_has_an_entity_with_its_columns() {
    let (entities, mut database) = (entities(), database().await);
    for table in FOREIGN_TABLES {
        assert!(database.remove(table).is_some(), "{table} is gone");
    }
    for (table, column) in UNMAPPED {
        let missing = database.get_mut(table).and_then(|columns| columns.remove(column)).is_none();
        assert!(!missing, "{table}.{column} is gone");
    }
    assert!(entities.keys().eq(database.keys()), "entities: {:?}\ntables: {:?}", entities.keys(), database.keys());
    for (table, columns) in &database {
        assert_eq!(&entities[table], columns, "{table}");
    }
}
