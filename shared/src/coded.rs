//! Enums with a fixed code: as stored in Postgres, posted by forms and kept in events.

/// Declares an enum whose variants are stored under codes, with `ALL`, `code`, `parse`, `Display` and `FromStr`.
///
/// With the feature `orm` it is also a sea-orm value over a text column, so that a code the program does not know is an
/// error of the row and never a silent default.
#[macro_export]
macro_rules! coded_enum {
    ($(#[$about:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
        #[cfg_attr(feature = "orm", sea_orm(value_type = "String"))]
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
    };
}

/// A code that this version of the program does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown code of {of}")]
pub struct UnknownCode {
    /// The enum it was read as.
    pub of: &'static str,
}

#[cfg(feature = "orm")]
impl From<UnknownCode> for sea_orm::sea_query::ValueTypeErr {
    fn from(_: UnknownCode) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    coded_enum! {
        /// A trial.
        enum Trial {
            /// One.
            One = "one",
            /// Two.
            TwoWords = "two_words",
        }
    }

    #[test]
    fn every_variant_is_read_back_from_its_code() {
        for variant in Trial::ALL {
            assert_eq!(Trial::parse(variant.code()), Some(*variant));
            assert_eq!(serde_json::to_string(variant).unwrap(), format!("\"{variant}\""));
        }
        assert_eq!(Trial::parse("three"), None);
        assert!("three".parse::<Trial>().is_err());
    }
}
