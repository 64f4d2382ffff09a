//! Is there memory? An allocation that fails ends the process, and R with it: what is large is asked for before it is made.

use crate::error::{Error, Result};

/// Columns of the widest square matrix that is formed: two of them take 6 GB. An information matrix that is bordered may
/// have more columns, but not more entries.
const WIDEST: usize = 20_000;
/// Doubles that nobody asks for: that little is there.
const LITTLE: usize = 1 << 17;
/// Matrices of one size that are alive at a time: an information matrix, the scaled copy that is factorised, the factor.
const COPIES: usize = 3;

/// Is there room for so many doubles? Errors: [`Error::Memory`].
pub fn check_room(doubles: usize) -> Result<()> {
    // asked for and given back
    if doubles <= LITTLE || Vec::<f64>::new().try_reserve_exact(doubles).is_ok() {
        return Ok(());
    }
    Err(Error::Memory { bytes: 8.0 * doubles as f64 })
}

/// Is there room for what is made of a symmetric matrix of `columns`, of which `entries` are kept?
/// Errors: [`Error::TooWide`], [`Error::Memory`].
pub fn check_matrix(columns: usize, entries: usize) -> Result<()> {
    if entries > WIDEST * WIDEST {
        return Err(Error::TooWide { columns, limit: WIDEST });
    }
    check_room(COPIES * entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_an_error() {
        assert!(check_room(1000).is_ok() && check_room(1 << 20).is_ok());
        // more than addresses have bits for
        let error = check_room(1 << 58).unwrap_err();
        assert_eq!(error.kind(), "memory");
        assert_eq!(error.to_string(), "there is no memory for 2305843009.214 GB more");
        assert!(check_room(usize::MAX).is_err());
    }

    #[test]
    fn matrices_have_a_limit() {
        assert!(check_matrix(100, 10_000).is_ok());
        assert!(matches!(check_matrix(WIDEST + 1, (WIDEST + 1).pow(2)), Err(Error::TooWide { columns: 20_001, .. })));
    }
}
