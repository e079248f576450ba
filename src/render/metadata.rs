//! (Source, policy, output) -> what the output carries, and putting it there (contract section 2).
