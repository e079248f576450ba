//! [`string_enum!`]: enumerations whose values have one name each, the same in JSON, arguments and
//! messages.
//!
//! In: an enumeration with `ALL` and `as_str`. Out: its `Display` and `FromStr`.

/// Implements `Display` and `FromStr` for an enumeration. The error for an unknown name lists the
/// known ones.
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
