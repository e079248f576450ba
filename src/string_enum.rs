//! Enumerations whose values have one name each, in JSON, in arguments and in messages alike.
//!
//! In: an enumeration with `ALL` and `as_str`. Out: its `Display` and `FromStr`. Must not know what is named.

/// Writes `Display` and `FromStr` for an enumeration; an unknown name is refused with those that are known.
macro_rules! string_enum {
    ($type:ty, $all:expr, $field:literal, $expected:literal) => {
        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> $crate::error::Result<Self> {
                $all.into_iter().find(|v| v.as_str() == text).ok_or_else(|| {
                    let value = text.chars().take(40).collect();
                    let cause =
                        $crate::error::Cause::UnknownName { field: $field, value, expected: $expected };
                    $crate::error::Error::new($crate::error::Stage::Options, cause)
                })
            }
        }
    };
}
pub(crate) use string_enum;
