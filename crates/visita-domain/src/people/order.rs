//! The orders in which lists of hospitals and people come, and which hospitals a list holds.
//! Closed sets: what a caller writes never becomes part of a statement (SECURITY R01).

use serde::{Deserialize, Serialize};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident => $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// Every value, the default one first.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value of that text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

choices! {
    /// The order of a list of hospitals.
    HospitalOrder {
        /// By name.
        #[default]
        Name => "name",
        /// The last one added first.
        Newest => "newest",
    }
}

choices! {
    /// Which hospitals a list holds.
    HospitalScope {
        /// Those that take patients.
        #[default]
        Open => "open",
        /// Those that take none any more.
        Archived => "archived",
        /// Both.
        All => "all",
    }
}

choices! {
    /// The order of a list of accounts.
    UserOrder {
        /// By name.
        #[default]
        Name => "name",
        /// The last one made first.
        Newest => "newest",
    }
}

choices! {
    /// The order of a list of doctors.
    DoctorOrder {
        /// By name.
        #[default]
        Name => "name",
        /// By specialty, and by name in each.
        Specialty => "specialty",
        /// The last one added first.
        Newest => "newest",
    }
}

choices! {
    /// The order of a list of patients.
    PatientOrder {
        /// By name.
        #[default]
        Name => "name",
        /// The last one registered first.
        Newest => "newest",
        /// The oldest patient first, those of unknown age last.
        DateOfBirth => "date_of_birth",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! reads_back {
        ($($name:ident),*) => {$(
            for value in $name::ALL.iter().copied() {
                assert_eq!($name::from_text(value.as_str()), Some(value));
                assert_eq!(
                    serde_json::to_value(value).ok(),
                    Some(value.as_str().into()),
                    "addresses and the contract agree"
                );
            }
            assert_eq!($name::ALL.first().copied(), Some($name::default()));
            assert_eq!($name::from_text("name; DROP TABLE users"), None);
        )*};
    }

    #[test]
    fn r01_orders_are_words_of_closed_sets() {
        reads_back!(
            HospitalOrder,
            HospitalScope,
            UserOrder,
            DoctorOrder,
            PatientOrder
        );
    }
}
