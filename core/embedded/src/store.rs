//! Metadata: directory entries and nodes in one ordered key-value store.
//!
//! The store is LMDB. Measured against fjall and redb on the machine this was written on: all three keep a
//! commit over `kill -9` of the daemon, but fjall's directory costs a dozen `fsync`s before the first
//! request, which alone is more than a daemon may take to get ready and grows with the load of the disk; redb
//! commits either wait for the disk or, on a backend that does not, cost several times a whole request. LMDB
//! without sync opens, commits and closes without ever waiting for a disk, and its write transactions make each
//! operation below atomic.
//!
//! | key | value |
//! |---|---|
//! | `e` directory name | node, type and sequence number of the entry |
//! | `o` directory sequence | name: the order in which a directory is listed |
//! | `n` node | [`Inode`] |
//! | `k` chunk key | the node whose content it holds |
//! | `s` word | a counter or a setting of the daemon |
//!
//! Numbers in keys are big-endian, so that the entries of a directory are one range. An entry's sequence number
//! is the cookie of `readdir`: removing or adding entries never moves the others.

pub(crate) mod inode;

use std::path::Path;

use gkfs_proto::{node::Ino, wire::Malformed};
use heed::{Database, Env, RoTxn, RwTxn, WithoutTls, types::Bytes};
use rustix::io::Errno;

use inode::Inode;

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key-value store failed.
    #[error(transparent)]
    Lmdb(#[from] heed::Error),
    /// A record is not what was written.
    #[error("a record of the metadata store is damaged")]
    Damaged,
}

impl From<Malformed> for StoreError {
    fn from(_: Malformed) -> Self {
        StoreError::Damaged
    }
}

impl From<StoreError> for Errno {
    fn from(error: StoreError) -> Errno {
        match error {
            StoreError::Lmdb(heed::Error::Mdb(heed::MdbError::MapFull)) => Errno::NOSPC,
            StoreError::Lmdb(heed::Error::Io(error)) => Errno::from_io_error(&error).unwrap_or(Errno::IO),
            _ => Errno::IO,
        }
    }
}

type Result<T> = std::result::Result<T, StoreError>;

/// A directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) ino: Ino,
    /// File type bits of `st_mode`.
    pub(crate) kind: u32,
    /// Where it stands in its directory.
    pub(crate) seq: u64,
}

/// A listed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: Vec<u8>,
    pub(crate) entry: Entry,
}

type Table = Database<Bytes, Bytes>;

/// Takes a key and its value, and says whether to go on.
type Each<'e> = &'e mut dyn FnMut(&[u8], &[u8]) -> Result<bool>;

/// The metadata of one daemon.
#[derive(Debug)]
pub(crate) struct Store {
    env: Env<WithoutTls>,
    table: Table,
}

impl Store {
    /// Opens the store in `dir`, which must exist.
    pub(crate) fn open(dir: &Path) -> Result<Store> {
        let env = crate::sys::open_env(dir)?;
        let mut txn = env.write_txn()?;
        let table = env.create_database(&mut txn, None)?;
        txn.commit()?;
        Ok(Store { env, table })
    }

    /// Starts a view of the current state.
    pub(crate) fn read(&self) -> Result<View<'_>> {
        Ok(View {
            txn: self.env.read_txn()?,
            table: self.table,
        })
    }

    /// Starts a change, alone: a second waits for the first to be committed or dropped.
    pub(crate) fn write(&self) -> Result<Change<'_>> {
        Ok(Change {
            txn: self.env.write_txn()?,
            table: self.table,
        })
    }
}

/// A consistent view for reading.
pub(crate) struct View<'s> {
    txn: RoTxn<'s, WithoutTls>,
    table: Table,
}

/// A change: nothing of it is there before [`commit`](Change::commit), and then all.
pub(crate) struct Change<'s> {
    txn: RwTxn<'s>,
    table: Table,
}

/// What can be read in a [`View`] and in a [`Change`].
pub(crate) trait Look {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<&[u8]>>;

    /// Calls `each` with keys that have a prefix, from `from` on, until it says stop.
    fn scan(&self, prefix: &[u8], from: &[u8], each: Each<'_>) -> Result<()>;

    fn entry(&self, dir: Ino, name: &[u8]) -> Result<Option<Entry>> {
        self.get(&entry_key(dir, name))?.map(decode_entry).transpose()
    }

    fn inode(&self, ino: Ino) -> Result<Option<Inode>> {
        Ok(self.get(&number_key(b'n', ino))?.map(Inode::decode).transpose()?)
    }

    /// Whether a directory has no entry.
    fn is_empty(&self, dir: Ino) -> Result<bool> {
        let mut empty = true;
        let prefix = number_key(b'o', dir);
        self.scan(&prefix, &prefix, &mut |_, _| {
            empty = false;
            Ok(false)
        })?;
        Ok(empty)
    }

    /// Entries of a directory whose sequence number is at least `from`, until `each` says stop.
    fn list(&self, dir: Ino, from: u64, each: &mut dyn FnMut(Listed) -> bool) -> Result<()> {
        let prefix = number_key(b'o', dir);
        self.scan(&prefix, &order_key(dir, from), &mut |_, name| {
            let entry = self.entry(dir, name)?.ok_or(StoreError::Damaged)?;
            Ok(each(Listed {
                name: name.to_vec(),
                entry,
            }))
        })
    }

    /// All nodes of this daemon.
    fn inodes(&self, each: &mut dyn FnMut(Inode)) -> Result<()> {
        self.scan(b"n", b"n", &mut |_, record| {
            each(Inode::decode(record)?);
            Ok(true)
        })
    }

    /// How many nodes this daemon keeps.
    fn count_inodes(&self) -> Result<u64> {
        let mut count = 0;
        self.scan(b"n", b"n", &mut |_, _| {
            count += 1;
            Ok(true)
        })?;
        Ok(count)
    }

    /// The node whose content is kept under a chunk key.
    fn key_holder(&self, key: &[u8]) -> Result<Option<Ino>> {
        self.get(&word_key(b'k', key))?.map(decode_number).transpose()
    }

    /// A setting.
    fn word(&self, word: &str) -> Result<Option<u64>> {
        self.get(&word_key(b's', word.as_bytes()))?
            .map(decode_number)
            .transpose()
    }
}

impl Look for View<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        Ok(self.table.get(&self.txn, key)?)
    }
    fn scan(&self, prefix: &[u8], from: &[u8], each: Each<'_>) -> Result<()> {
        scan(self.table, &self.txn, prefix, from, each)
    }
}

impl Look for Change<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        Ok(self.table.get(&self.txn, key)?)
    }
    fn scan(&self, prefix: &[u8], from: &[u8], each: Each<'_>) -> Result<()> {
        scan(self.table, &self.txn, prefix, from, each)
    }
}

fn scan(table: Table, txn: &RoTxn<'_>, prefix: &[u8], from: &[u8], each: Each<'_>) -> Result<()> {
    let range = (std::ops::Bound::Included(from), std::ops::Bound::Unbounded);
    for item in table.range(txn, &range)? {
        let (key, value) = item?;
        if !key.starts_with(prefix) || !each(key, value)? {
            break;
        }
    }
    Ok(())
}

impl Change<'_> {
    /// Makes the change last.
    pub(crate) fn commit(self) -> Result<()> {
        Ok(self.txn.commit()?)
    }

    pub(crate) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        Ok(self.table.put(&mut self.txn, key, value)?)
    }

    fn delete(&mut self, key: &[u8]) -> Result<()> {
        self.table.delete(&mut self.txn, key)?;
        Ok(())
    }

    /// A number never given before: of a node or of an entry.
    pub(crate) fn next(&mut self) -> Result<u64> {
        // 1 is the root's node, and entries 1 and 2 of a directory are `.` and `..`.
        let number = self.word("next")?.unwrap_or(3);
        self.set_word("next", number + 1)?;
        Ok(number)
    }

    pub(crate) fn set_word(&mut self, word: &str, number: u64) -> Result<()> {
        self.put(&word_key(b's', word.as_bytes()), &number.to_be_bytes())
    }

    pub(crate) fn put_inode(&mut self, inode: &Inode) -> Result<()> {
        self.put(&number_key(b'n', inode.attr.ino), &inode.encode()?)
    }

    pub(crate) fn remove_inode(&mut self, inode: &Inode) -> Result<()> {
        self.delete(&number_key(b'n', inode.attr.ino))?;
        if !inode.key.is_empty() {
            self.delete(&word_key(b'k', &inode.key))?;
        }
        Ok(())
    }

    /// Sets what a name stands for. An entry that is replaced keeps its place unless `seq` gives another.
    pub(crate) fn put_entry(
        &mut self,
        dir: Ino,
        name: &[u8],
        ino: Ino,
        kind: u32,
        seq: Option<u64>,
    ) -> Result<()> {
        let old = self.entry(dir, name)?;
        let seq = match seq.or(old.map(|old| old.seq)) {
            Some(seq) => seq,
            None => self.next()?,
        };
        if let Some(old) = old.filter(|old| old.seq != seq) {
            self.delete(&order_key(dir, old.seq))?;
        }
        self.put(&order_key(dir, seq), name)?;
        self.put(&entry_key(dir, name), &encode_entry(Entry { ino, kind, seq }))
    }

    pub(crate) fn remove_entry(&mut self, dir: Ino, name: &[u8]) -> Result<()> {
        if let Some(entry) = self.entry(dir, name)? {
            self.delete(&entry_key(dir, name))?;
            // A rename within the directory has given the place to the new name by now.
            if self.get(&order_key(dir, entry.seq))? == Some(name) {
                self.delete(&order_key(dir, entry.seq))?;
            }
        }
        Ok(())
    }

    pub(crate) fn hold_key(&mut self, key: &[u8], ino: Ino) -> Result<()> {
        self.put(&word_key(b'k', key), &ino.to_be_bytes())
    }
}

fn number_key(table: u8, number: u64) -> [u8; 9] {
    let mut key = [table; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn order_key(dir: Ino, seq: u64) -> [u8; 17] {
    let mut key = [0; 17];
    key[..9].copy_from_slice(&number_key(b'o', dir));
    key[9..].copy_from_slice(&seq.to_be_bytes());
    key
}

fn entry_key(dir: Ino, name: &[u8]) -> Vec<u8> {
    [&number_key(b'e', dir), name].concat()
}

fn word_key(table: u8, word: &[u8]) -> Vec<u8> {
    [&[table], word].concat()
}

fn encode_entry(entry: Entry) -> [u8; 20] {
    let mut value = [0; 20];
    value[..8].copy_from_slice(&entry.ino.to_be_bytes());
    value[8..12].copy_from_slice(&entry.kind.to_be_bytes());
    value[12..].copy_from_slice(&entry.seq.to_be_bytes());
    value
}

fn decode_entry(value: &[u8]) -> Result<Entry> {
    let (ino, rest) = value.split_first_chunk().ok_or(StoreError::Damaged)?;
    let (kind, seq) = rest.split_first_chunk().ok_or(StoreError::Damaged)?;
    Ok(Entry {
        ino: u64::from_be_bytes(*ino),
        kind: u32::from_be_bytes(*kind),
        seq: decode_number(seq)?,
    })
}

fn decode_number(value: &[u8]) -> Result<u64> {
    Ok(u64::from_be_bytes(
        value.try_into().map_err(|_| StoreError::Damaged)?,
    ))
}
