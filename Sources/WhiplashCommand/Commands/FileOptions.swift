import ArgumentParser
import Foundation
import ItemFiles

/// The formats of files of items.
enum FileFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv, npy

    /// By the file's name; nil when that tells nothing.
    init?(path: String) {
        switch path.lowercased().split(separator: ".").last {
        case "jsonl", "ndjson": self = .jsonl
        case "csv", "tsv": self = .csv
        case "npy": self = .npy
        default: return nil
        }
    }
}

/// What the commands that read or write a file of items share.
struct FileOptions: ParsableArguments {
    @Option(help: "jsonl, csv or npy; by default as the file's name says, or jsonl for - .") var format:
        FileFormat?
    @Option(
        help: ArgumentHelp(
            "The ids of a .npy file's rows: a text file of one id a line, or .jsonl with metadata and text as well. Default: the file's name with .ids.jsonl in place of .npy.",
            valueName: "file"))
    var ids: String?
    @Option(help: "What stands between the columns of a CSV file: a character, or tab.") var delimiter:
        String?

    /// The format of a file.
    func format(of path: String) throws -> FileFormat {
        if let format = format ?? FileFormat(path: path) { return format }
        if path == "-" { return .jsonl }
        throw CommandFailure(
            "\(path): which format? Name it .jsonl, .csv or .npy, or give --format.", code: .refused)
    }

    func delimiter(of path: String) throws -> UInt8 {
        guard let delimiter else {
            return path.lowercased().hasSuffix(".tsv") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        }
        if delimiter == "tab" || delimiter == "\\t" { return UInt8(ascii: "\t") }
        guard delimiter.utf8.count == 1, let byte = delimiter.utf8.first, byte != UInt8(ascii: "\"") else {
            throw CommandFailure("--delimiter: expected one ASCII character, or tab", code: .refused)
        }
        return byte
    }

    /// What a file is that is compressed, unless `--format` says what it is all the same.
    func compressed(_ path: String) -> CompressedFile? { format == nil ? CompressedFile(path: path) : nil }

    /// The file of ids beside a `.npy` file.
    func idsPath(of path: String) -> String {
        ids ?? (path.hasSuffix(".npy") ? String(path.dropLast(4)) : path) + ".ids.jsonl"
    }

    func ids(of path: String) -> NumPyReader.IDs {
        let path = idsPath(of: path)
        return FileFormat(path: path) == .jsonl ? .items(path) : .lines(path)
    }
}
