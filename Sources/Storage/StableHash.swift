/// The FNV-1a hash of bytes: the same in every process and on every machine, which Swift's own is not, as
/// what is stored, or split into segments page by page, must be. Not for secrets.
///
/// Source: G. Fowler, L. C. Noll, K.-P. Vo, IETF draft-eastlake-fnv.
@inlinable
public func stableHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
