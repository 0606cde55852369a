/// A file that, by its name, is compressed. Commands read and write what is not, through a pipe where need be.
struct CompressedFile {
    let path: String
    /// What writes its contents to standard output.
    let unpacker: String
    /// What makes such a file of standard input.
    let packer: String
    /// The format of what is in it, if its name tells.
    let format: FileFormat?
    /// The name without the compression's ending.
    let unpackedPath: String

    private static let kinds = [
        "gz": ("zcat", "gzip"), "zst": ("zstdcat", "zstd"), "bz2": ("bzcat", "bzip2"), "xz": ("xzcat", "xz"),
    ]

    /// Nil for another file.
    init?(path: String) {
        guard let ending = path.split(separator: ".").last, let kind = Self.kinds[ending.lowercased()] else {
            return nil
        }
        (self.path, (unpacker, packer)) = (path, kind)
        unpackedPath = String(path.dropLast(ending.count + 1))
        format = FileFormat(path: unpackedPath)
    }

    /// What `--format` has to say of a pipe, which is taken for JSON Lines.
    private var option: String {
        switch format {
        case nil, .jsonl?: ""
        case .csv?: " --format csv"
        case .npy?: " --format npy"
        }
    }

    /// Throws, saying how a command reads what is in the file.
    ///
    /// - Parameter command: What was to read it, without the file.
    func refuseReading(by command: String) throws {
        throw CommandFailure(
            "\(path) is compressed. Pipe what is in it: \(unpacker) \(path) | \(command) -\(option)",
            code: .refused)
    }

    /// Throws, saying how what a command writes comes to be compressed.
    func refuseWriting(by command: String) throws {
        let way =
            format == .npy
            ? "Compress it when it is done."
            : "Pipe what is to be in it: \(command) -\(option) | \(packer) >\(path)"
        throw CommandFailure("\(path): files are not compressed on the way. \(way)", code: .refused)
    }

    /// Throws, for a file that goes with another and so cannot come through the pipe.
    func refuseBeside() throws {
        throw CommandFailure(
            "\(path) is compressed. Unpack it first: \(unpacker) \(path) >\(unpackedPath)", code: .refused)
    }
}
