//! How far what was typed is from the beginning of a word: the least number of letters put in, left out, taken for
//! others or swapped with a neighbour (Damerau 1964, "A technique for computer detection and correction of spelling
//! errors"; in the restricted form that edits no letter twice, known as optimal string alignment).

/// Letters of what was typed that are compared, which bounds the time that one word takes.
pub const TYPED: usize = 32;

/// Mistakes that are looked for; the place for words longer than what was typed.
const MOST: usize = 2;

/// The distance between what was typed and the nearest beginning of `word` that is not much shorter, if it is at most
/// `most`, which is at most 2. Takes no more than 32 letters.
pub fn prefix_distance(typed: &[char], word: &str, most: usize) -> Option<usize> {
    let most = most.min(MOST);
    if typed.len() > TYPED {
        return None;
    }
    let mut letters = ['\0'; TYPED + MOST];
    let length = fill(&mut letters[..typed.len() + most], word);
    let word = &letters[..length];
    if word.len() + most < typed.len() {
        return None;
    }
    let mut rows = [[0_u8; TYPED + MOST + 1]; 3];
    for (column, cell) in rows[0].iter_mut().enumerate() {
        *cell = column as u8;
    }
    for (index, letter) in typed.iter().enumerate() {
        let (current, previous, earlier) = ((index + 1) % 3, index % 3, (index + 2) % 3);
        rows[current][0] = index as u8 + 1;
        let mut least = rows[current][0];
        for (column, other) in word.iter().enumerate() {
            let substituted = rows[previous][column] + u8::from(letter != other);
            let mut best = substituted.min(rows[previous][column + 1] + 1).min(rows[current][column] + 1);
            if index > 0 && column > 0 && *letter == word[column - 1] && typed[index - 1] == *other {
                best = best.min(rows[earlier][column - 1] + 1);
            }
            rows[current][column + 1] = best;
            least = least.min(best);
        }
        if usize::from(least) > most {
            return None;
        }
    }
    let last = &rows[typed.len() % 3];
    // A beginning may be longer than what was typed, where a letter was left out. It is shorter only where the word
    // ends: otherwise all that shares its first letters would be one mistake away.
    let from = typed.len().min(word.len());
    last[from..=word.len()].iter().min().map(|distance| usize::from(*distance)).filter(|distance| *distance <= most)
}

fn fill(letters: &mut [char], word: &str) -> usize {
    letters.iter_mut().zip(word.chars()).map(|(place, letter)| *place = letter).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(typed: &str, word: &str, most: usize) -> Option<usize> {
        prefix_distance(&typed.chars().collect::<Vec<_>>(), word, most)
    }

    #[test]
    fn one_mistake_of_each_kind() {
        for typed in ["matrx", "mattrix", "mstrix", "amtrix", "matirx"] {
            assert_eq!((typed, distance(typed, "matrix", 1)), (typed, Some(1)));
        }
        assert_eq!(distance("matrix", "matrix", 1), Some(0));
        assert_eq!(distance("mxtrxx", "matrix", 1), None);
        assert_eq!(distance("mxtrxx", "matrix", 2), Some(2));
    }

    #[test]
    fn the_rest_of_a_word_does_not_count_but_a_shared_beginning_is_not_enough() {
        assert_eq!(distance("interstelar", "interstellar", 2), Some(1));
        assert_eq!(distance("intrest", "interstellar", 1), Some(1));
        assert_eq!(distance("starx", "start", 1), Some(1));
        assert_eq!(distance("staxy", "stand", 1), None);
        assert_eq!(distance("word", "", 1), None);
        assert_eq!(distance(&"a".repeat(TYPED + 1), &"a".repeat(TYPED), 1), None);
        assert_eq!(distance(&"a".repeat(TYPED), &"a".repeat(90), 2), Some(0));
    }
}
