//! Memory that is read while something else is computed.

use super::{prefetch, Columns, LINE};

/// The cache lines of the rows that follow some columns' rows, if those columns have a next (see [`Columns::with_next`]).
/// They are asked for a few at a time: who asks for many at once waits for them.
pub struct Ahead<'c> {
    columns: Columns<'c>,
    /// Where the next line is.
    column: usize,
    row: usize,
    /// Lines that are asked for at a time.
    portion: usize,
}

impl<'c> Ahead<'c> {
    pub fn of(columns: Columns<'c>, portions: usize) -> Self {
        let column = if columns.has_next() { 0 } else { columns.count() };
        Ahead { columns, column, row: 0, portion: lines(&columns).div_ceil(portions.max(1)) }
    }

    /// Ask for a portion of them, or what is left.
    #[inline(always)]
    pub fn ask(&mut self) {
        let rows = self.columns.rows();
        let mut left = self.portion;
        while left > 0 && self.column < self.columns.count() {
            let column = self.columns.get(self.column);
            let end = rows.min(self.row + left * LINE);
            left -= (end - self.row).div_ceil(LINE);
            (self.row..end).step_by(LINE).for_each(|row| prefetch(&column[row..], rows));
            self.row = end;
            if end == rows {
                (self.column, self.row) = (self.column + 1, 0);
            }
        }
    }

    /// Ask for whatever is left.
    pub fn ask_all(&mut self) {
        self.portion = lines(&self.columns);
        self.ask();
    }
}

fn lines(columns: &Columns) -> usize {
    columns.count() * columns.rows().div_ceil(LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_once() {
        let x = [1.0; 60];
        let all: [&[f64]; 5] = [&x; 5];
        let columns = Columns::new(&all, 3, 20).with_next();
        // three lines in each column, the last of which is not full
        let mut ahead = Ahead::of(columns, 4);
        for place in [(1, 8), (2, 16), (4, 0), (5, 0), (5, 0)] {
            ahead.ask();
            assert_eq!((ahead.column, ahead.row), place);
        }
        let mut ahead = Ahead::of(columns, 4);
        ahead.ask();
        ahead.ask_all();
        assert_eq!((ahead.column, ahead.row), (5, 0));
    }

    #[test]
    fn without_a_next_there_is_nothing_to_ask_for() {
        let x = [1.0; 60];
        let all: [&[f64]; 1] = [&x];
        assert_eq!(Ahead::of(Columns::new(&all, 0, 60), 1).column, 1);
        let mut empty = Ahead::of(Columns::new(&[], 0, 0).with_next(), 1);
        empty.ask_all();
        assert_eq!(empty.column, 0);
    }
}
