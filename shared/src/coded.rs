//! Enums with a fixed code: as stored in Postgres, posted by forms and kept in events.

/// Declares an enum whose variants are stored under codes, with `ALL`, `code`, `parse`, `Display` and `FromStr`.
///
/// With the feature `orm` it is also a sea-orm value over a text column ([`orm_value!`](crate::orm_value)).
#[macro_export]
macro_rules! coded_enum {
    ($(#[$about:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[$doc])* #[serde(rename = $code)] $variant),+
        }

        impl $name {
            /// Every variant, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code, as stored and posted.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        $crate::orm_value!($name);
    };
}

/// Makes an enum with `code` and `parse` a value: `Display`, `FromStr` and, with the feature `orm`, a sea-orm value over
/// a text column and an element of a text array. A code that the program does not know is an error of the row and never
/// a silent default.
#[macro_export]
macro_rules! orm_value {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::coded::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                Self::parse(code).ok_or(Self::Err { of: stringify!($name) })
            }
        }

        $crate::orm_impls!($name);
    };
}

/// Expands to nothing, because the program is built without sea-orm.
#[cfg(not(feature = "orm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! orm_impls {
    ($name:ident) => {};
}

/// The traits of sea-orm for an enum that is stored as text. Written out because the derive macro of sea-orm reads the
/// features of the crate that uses it, has no arrays of such enums and no primary keys.
#[cfg(feature = "orm")]
#[doc(hidden)]
#[macro_export]
macro_rules! orm_impls {
    ($name:ident) => {
        const _: () = {
            use $crate::coded::sea_orm::{
                ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable, TryGetableArray,
                Value,
                sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr, postgres_array::NotU8},
            };

            fn read(code: &str) -> Result<$name, TryGetError> {
                code.parse().map_err(|error: $crate::coded::UnknownCode| {
                    TryGetError::DbErr(DbErr::TryIntoErr {
                        from: "String",
                        into: stringify!($name),
                        source: std::sync::Arc::new(error),
                    })
                })
            }

            impl From<$name> for Value {
                fn from(source: $name) -> Self {
                    source.code().into()
                }
            }

            impl TryGetable for $name {
                fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                    read(&<String as TryGetable>::try_get_by(row, index)?)
                }
            }

            impl TryGetableArray for $name {
                fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Vec<Self>, TryGetError> {
                    <Vec<String> as TryGetable>::try_get_by(row, index)?.iter().map(|code| read(code)).collect()
                }
            }

            impl ValueType for $name {
                fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                    <String as ValueType>::try_from(value)?.parse().map_err(|_| ValueTypeErr)
                }

                fn type_name() -> String {
                    stringify!($name).to_owned()
                }

                fn array_type() -> ArrayType {
                    ArrayType::String
                }

                fn column_type() -> ColumnType {
                    ColumnType::String(StringLen::None)
                }
            }

            impl Nullable for $name {
                fn null() -> Value {
                    Value::String(None)
                }
            }

            impl IntoActiveValue<$name> for $name {
                fn into_active_value(self) -> ActiveValue<$name> {
                    ActiveValue::Set(self)
                }
            }

            impl TryFromU64 for $name {
                fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                    Err(DbErr::ConvertFromU64(stringify!($name)))
                }
            }

            impl NotU8 for $name {}
        };
    };
}

#[cfg(feature = "orm")]
#[doc(hidden)]
pub use sea_orm;

/// A code that this version of the program does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown code of {of}")]
pub struct UnknownCode {
    /// The enum it was read as.
    pub of: &'static str,
}

#[cfg(test)]
mod tests {
    coded_enum! {
        /// An example.
        enum Example {
            /// One.
            One = "one",
            /// Two.
            TwoWords = "two_words",
        }
    }

    #[test]
    fn every_variant_is_read_back_from_its_code() {
        for variant in Example::ALL {
            assert_eq!(Example::parse(variant.code()), Some(*variant));
            assert_eq!(serde_json::to_string(variant).unwrap(), format!("\"{variant}\""));
        }
        assert_eq!(Example::parse("three"), None);
        assert!("three".parse::<Example>().is_err());
    }
}
