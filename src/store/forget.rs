//! Forgetting a profile, and changing the device key: what must leave nothing readable behind.
//!
//! The first transaction destroys the profile's key and marks it; from then on nothing of it can be read.
//! Its rows go in further transactions, then the log is emptied, since it holds pages from before; the
//! mark goes last. A store that finds a mark when it is opened goes on with it; where the disk is too full for that, at the
//! next forgetting, compaction or opening.
//!
//! SQLite overwrites what it deletes (secure_delete), but a page that was divided may keep copies of its rows in its
//! unused middle. Without their key they say nothing, so it is the keys that must not survive like this: whenever one
//! goes, their table is emptied, which overwrites its pages whole, and filled again.

use super::failure::database;
use super::keys::{KEY_BYTES, Key, Table};
use super::rows::store_row_sum;
use super::scan::not_found;
use super::schema::{profile_of, rows_of};
use super::writer::{Change, Checkpoint, Writer};
use crate::domain::{Error, Result, Status};

/// Rows that one transaction deletes at most, so that the log stays short.
const DELETED_TOGETHER: i64 = 512;

impl Writer {
    /// Forgets a profile: afterwards no file of the store holds anything readable of it. After a failure it may be
    /// called again, also where the profile's key is gone already.
    pub fn forget_profile(&mut self, id: &str) -> Result<()> {
        let is_begun = self.half_forgotten.iter().any(|(_, of)| of.as_deref() == Some(id));
        if self.state.profile(id).is_some() || !is_begun {
            let number = self.begin_forgetting(id)?;
            self.half_forgotten.push((number, Some(id.to_owned())));
        }
        self.go_on_forgetting()
    }

    /// Takes up what was cut off before the store was opened. A full disk keeps nobody out: their keys are gone, and what
    /// is left of them goes when there is room.
    pub fn take_up_forgetting(&mut self, profiles: &[i64]) -> Result<()> {
        self.half_forgotten.extend(profiles.iter().map(|number| (*number, None)));
        match self.go_on_forgetting() {
            Err(error) if error.status == Status::DiskFull => Ok(()),
            done => done,
        }
    }

    /// Removes what is left of profiles whose keys are gone.
    pub fn go_on_forgetting(&mut self) -> Result<()> {
        let numbers: Vec<i64> = self.half_forgotten.iter().map(|(number, _)| *number).collect();
        self.finish_forgetting(&numbers)?;
        self.half_forgotten.clear();
        Ok(())
    }

    /// Destroys a profile's key and leaves a mark; returns the profile's number.
    fn begin_forgetting(&mut self, id: &str) -> Result<i64> {
        let (number, _) = self.state.profile(id).ok_or_else(|| not_found("profile", id))?;
        let names: Vec<_> = self.state.names.iter().filter(|((_, owner, _), _)| *owner == number).collect();
        let states: Vec<i64> = names.into_iter().map(|(_, row)| *row).collect();
        self.commit(|change, _| {
            change.execute("INSERT OR REPLACE INTO forgetting (id) VALUES (?1)", [number])?;
            rewrite_keys(change, number)?;
            change.remove(Table::Profiles, number)?;
            change.remove(Table::Heads, number)?;
            states.iter().try_for_each(|row| change.remove(Table::States, *row))?;
            let [first, last] = rows_of(number);
            let sql = "DELETE FROM quarantine WHERE source IN ('events', 'states') AND row BETWEEN ?1 AND ?2";
            change.execute(sql, [first, last])?;
            let sql = "DELETE FROM quarantine WHERE source IN ('keys', 'heads', 'profiles') AND row = ?1";
            change.execute(sql, [number])
        })?;
        self.state.profiles.remove(&number);
        self.state.profile_numbers.remove(id);
        self.state.names.retain(|(_, owner, _), row| *owner != number || profile_of(*row) != number);
        Ok(number)
    }

    fn finish_forgetting(&mut self, profiles: &[i64]) -> Result<()> {
        if profiles.is_empty() {
            return Ok(());
        }
        for number in profiles {
            self.delete_events(*number)?;
        }
        self.checkpoint(Checkpoint::Truncate)?;
        // Copies of damaged files hold what was in them, keys included.
        self.directory.remove_set_aside()?;
        self.commit(|change, _| {
            profiles.iter().try_for_each(|number| change.execute("DELETE FROM forgetting WHERE id = ?1", [*number]))
        })
    }

    fn delete_events(&mut self, profile: i64) -> Result<()> {
        let [first, last] = rows_of(profile);
        let sql = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id BETWEEN ?1 AND ?2 LIMIT ?3)";
        while self.has_events(first, last)? {
            self.commit(|change, _| change.execute(sql, [first, last, DELETED_TOGETHER]))?;
        }
        Ok(())
    }

    fn has_events(&self, first: i64, last: i64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE id BETWEEN ?1 AND ?2)";
        self.connection.query_row(sql, [first, last], |row| row.get(0)).map_err(database("reading"))
    }

    /// Wraps all keys anew, in one transaction; the old key opens nothing afterwards. An error that names the new key
    /// comes after that transaction: the new key holds, and what the old one opens is not yet overwritten.
    pub fn rotate_key(&mut self, device_key: Option<&[u8; KEY_BYTES]>) -> Result<()> {
        let wrapping = Key::wrapping(device_key);
        self.commit(|change, state| {
            change.execute("DELETE FROM keys", [])?;
            change.put_key(0, &state.catalogue, &wrapping)?;
            for (number, profile) in &state.profiles {
                change.put_key(*number, &profile.key, &wrapping)?;
            }
            let check = wrapping.check_value(&state.store);
            let sum = store_row_sum(&state.store, &check);
            change.execute("UPDATE store SET key_check = ?1, sum = ?2 WHERE id = 1", (check.as_slice(), sum))
        })?;
        self.state.wrapping = wrapping;
        self.checkpoint(Checkpoint::Truncate).map_err(|error| {
            let message = "the store has the new key, but copies wrapped by the old one stay until this works";
            Error::new(error.status, format!("{message}: {error}"))
        })
    }
}

/// Writes the table of keys anew, without one of them.
fn rewrite_keys(change: &Change<'_>, without: i64) -> Result<()> {
    let read = || {
        let mut statement =
            change.connection().prepare("SELECT id, sequence, sealed FROM keys WHERE id <> ?1 ORDER BY id")?;
        let rows = statement.query_map([without], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<(i64, i64, Vec<u8>)>>>()
    };
    let kept = read().map_err(database("reading the keys"))?;
    change.execute("DELETE FROM keys", [])?;
    for row in kept {
        change.execute("INSERT INTO keys (id, sequence, sealed) VALUES (?1, ?2, ?3)", row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Durability, OpenOptions, Store};
    use super::*;
    use crate::domain::{Event, EventKind};

    fn event(profile: &str) -> Event {
        Event { profile: profile.to_owned(), video_id: "v".to_owned(), time_utc_ms: 0, ..Event::of(EventKind::Like) }
    }

    fn rows(writer: &Writer, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        writer.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    fn sealed_keys(writer: &Writer) -> Vec<Vec<u8>> {
        let mut statement = writer.connection.prepare("SELECT sealed FROM keys WHERE id > 0 ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// Enough profiles that the pages of their keys are divided and filled again.
    #[test]
    fn a_key_that_is_gone_is_in_no_unused_part_of_a_page() {
        let folder = std::env::temp_dir().join(format!("vrec-forgotten-keys-{}", std::process::id()));
        let (store, _) = Store::open(&folder, None, OpenOptions::default(), &mut ()).unwrap();
        let events: Vec<Event> = (0..400).map(|number| event(&format!("p{number}"))).collect();
        store.record(&events, Durability::Now).unwrap();
        let keys = sealed_keys(&store.reader().unwrap());
        for number in (0..400).step_by(7) {
            store.forget_profile(&format!("p{number}")).unwrap();
            store.record(&[event(&format!("q{number}"))], Durability::Now).unwrap();
        }
        let kept = sealed_keys(&store.reader().unwrap());
        let replaced = kept.clone();
        store.rotate_key(None).unwrap();
        let newest = sealed_keys(&store.reader().unwrap());
        store.close().unwrap();
        let file = std::fs::read(folder.join("store.sqlite")).unwrap();
        let holds = |key: &Vec<u8>| file.windows(16).any(|bytes| bytes == &key[key.len() - 16..]);
        assert!(newest.iter().all(holds), "the keys are looked for where they are not");
        let gone: Vec<&Vec<u8>> = keys.iter().chain(&replaced).filter(|key| !newest.contains(key)).collect();
        assert!(gone.len() > 400);
        assert!(!gone.into_iter().any(holds));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_forgetting_that_was_cut_off_goes_on_at_the_next_opening() {
        let folder = std::env::temp_dir().join(format!("vrec-forgetting-{}", std::process::id()));
        let open = || Store::open(&folder, None, OpenOptions::default(), &mut ()).unwrap();
        let (store, _) = open();
        store.record(&[event("a"), event("b")], Durability::Now).unwrap();
        store.writer().unwrap().begin_forgetting("a").unwrap();
        store.close().unwrap();
        let (store, report) = open();
        assert_eq!((report.profiles, report.events), (1, 1));
        {
            let writer = store.reader().unwrap();
            assert_eq!((rows(&writer, "forgetting"), rows(&writer, "events"), rows(&writer, "keys")), (0, 1, 2));
        }
        assert_eq!(store.profiles().unwrap(), ["b"]);
        store.close().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// tests/faults/small_disk.py has the disk that is full.
    #[test]
    fn what_a_full_disk_left_goes_with_a_compaction() {
        let folder = std::env::temp_dir().join(format!("vrec-half-forgotten-{}", std::process::id()));
        let (store, report) = Store::open(&folder, None, OpenOptions::default(), &mut ()).unwrap();
        assert_eq!(report.half_forgotten, 0);
        store.record(&[event("a"), event("b")], Durability::Now).unwrap();
        {
            let mut writer = store.writer().unwrap();
            let number = writer.begin_forgetting("a").unwrap();
            writer.half_forgotten.push((number, None));
            assert_eq!((rows(&writer, "forgetting"), rows(&writer, "events")), (1, 2));
        }
        store.compact().unwrap();
        {
            let writer = store.reader().unwrap();
            assert_eq!((rows(&writer, "forgetting"), rows(&writer, "events")), (0, 1));
            assert!(writer.half_forgotten.is_empty());
        }
        store.close().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
