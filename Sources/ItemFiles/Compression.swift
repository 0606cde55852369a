/// How a file is compressed, as its first bytes tell. Files are read as they are: what is compressed comes through a pipe.
enum Compression: CaseIterable {
    case gzip, zstandard, bzip2, xz, zip

    /// Nil for bytes that are none of these.
    init?(_ start: [UInt8]) {
        guard let found = Self.allCases.first(where: { start.starts(with: $0.signature) }) else { return nil }
        self = found
    }

    /// Sources: RFC 1952; RFC 8878; the bzip2 and .xz file formats; APPNOTE.TXT 4.3.7 of .zip.
    private var signature: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .zstandard: [0x28, 0xB5, 0x2F, 0xFD]
        case .bzip2: Array("BZh91AY&SY".utf8)
        case .xz: [0xFD] + Array("7zXZ".utf8) + [0]
        case .zip: Array("PK".utf8) + [3, 4]
        }
    }

    /// What writes the contents of such a file to standard output.
    var unpacker: String {
        switch self {
        case .gzip: "zcat"
        case .zstandard: "zstdcat"
        case .bzip2: "bzcat"
        case .xz: "xzcat"
        case .zip: "unzip -p"
        }
    }

    /// What to do about a file that was to be read.
    func advice(_ path: String) -> String {
        path == "-"
            ? "this is compressed; put '\(unpacker)' before it in the pipe"
            : "this is compressed; unpack it, or pipe what is in it to a command that reads -: \(unpacker) \(path) | whiplash …"
    }
}
