//! [`RuleSet`]: the column of the contract's table of identifiers and records that applies.

use crate::string_enum::string_enum;

/// Which rules identifiers and records must follow.
/// [Contract section 5](crate::docs::contract#5-identifiers-records-limits) has a column for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RuleSet {
    /// The rules that the API reference states.
    #[default]
    Reference,
    /// The rules that the hosted service documents and was observed to apply: longer image ids with
    /// subpaths, and variant ids of ASCII letters and digits only.
    Hosted,
}

impl RuleSet {
    /// Both rule sets, the default first.
    pub const ALL: [Self; 2] = [Self::Reference, Self::Hosted];

    /// The name in lower case: `reference` or `hosted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Hosted => "hosted",
        }
    }
}

string_enum!(RuleSet, Self::ALL, "rules", "reference, hosted");
