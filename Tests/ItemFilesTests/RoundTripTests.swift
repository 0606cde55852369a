import Foundation
import ItemFiles
import JSON
import Testing
import Whiplash

/// A folder that is gone when the test is.
final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "whiplash-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file and gives its path.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return path(name)
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, text.utf8) }
}

extension ItemReader {
    /// All that is left.
    func rest() throws -> [Item] {
        var items: [Item] = []
        while let item = try next() { items.append(item) }
        return items
    }
}

/// Numbers from a seed.
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }

    /// Any finite float32: tiny, huge, denormal, negative zero.
    mutating func float() -> Float {
        while true {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: next() >> 16))
            if value.isFinite { return value }
        }
    }

    mutating func text() -> String {
        let parts = [
            "a", "\"", "\"\"", ",", ";", "\n", "\r\n", "\\", "é", "\u{1F40B}", " ", "\t", "{}", "[1]", "null",
        ]
        return (0..<Int.random(in: 0...12, using: &self)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &self)]
        }.joined()
    }

    mutating func item(_ number: Int, _ dimension: Int) throws -> Item {
        var item = Item(id: "id \(number),\"é\"", vector: (0..<dimension).map { _ in float() })
        item.group = number % 3 == 0 ? nil : "group \(number % 2), \"é\""
        if Bool.random(using: &self) { item.text = text() }
        if Bool.random(using: &self) {
            var writer = JSONWriter()
            writer.writeObject { $0.member("k\"", text()) }
            item.metadata = RawJSON(checked: String(decoding: writer.bytes, as: UTF8.self))
        }
        return item
    }
}

@Suite struct RoundTripTests {
    enum Format: String, CaseIterable {
        case lines, packedLines, csv, packedCSV, semicolons, numpy

        func writer(_ folder: Folder, dimension: Int, keeping lengths: [Int]? = nil) throws -> any ItemWriter
        {
            let path = folder.path("items")
            return switch self {
            case .lines: try JSONLinesWriter(path, keeping: lengths)
            case .packedLines: try JSONLinesWriter(path, packsVectors: true, keeping: lengths)
            case .csv: try CSVWriter(path, isGrouped: true, keeping: lengths)
            case .packedCSV: try CSVWriter(path, isGrouped: true, packsVectors: true, keeping: lengths)
            case .semicolons:
                try CSVWriter(path, isGrouped: true, delimiter: UInt8(ascii: ";"), keeping: lengths)
            case .numpy:
                try NumPyWriter(
                    path, ids: .items(folder.path("ids")), dimension: dimension, keeping: lengths)
            }
        }

        func reader(_ folder: Folder, from position: FilePosition = .start) throws -> any ItemReader {
            let path = folder.path("items")
            var options = CSVReader.Options()
            if self == .semicolons { options.delimiter = UInt8(ascii: ";") }
            return switch self {
            case .lines, .packedLines: try JSONLinesReader(path, from: position)
            case .csv, .packedCSV, .semicolons: try CSVReader(path, options, from: position)
            case .numpy: try NumPyReader(path, ids: .items(folder.path("ids")), from: position)
            }
        }
    }

    @Test("What is written is read bit by bit, in every format", arguments: Format.allCases, 0..<4)
    func roundTrip(format: Format, seed: Int) throws {
        let folder = try Folder()
        var chance = Chance(state: UInt64(seed))
        let dimension = [1, 3, 64, 7][seed]
        let items = try (0..<200).map { try chance.item($0, dimension) }
        let writer = try format.writer(folder, dimension: dimension)
        for item in items { try writer.write(item) }
        try writer.finish()
        let read = try format.reader(folder).rest()
        #expect(read.map { $0.vector.map(\.bitPattern) } == items.map { $0.vector.map(\.bitPattern) })
        #expect(read == items, "seed \(seed)")
    }

    @Test("A reader goes on from every position of another", arguments: Format.allCases)
    func resumesReading(format: Format) throws {
        let folder = try Folder()
        var chance = Chance(state: 5)
        let items = try (0..<40).map { try chance.item($0, 3) }
        let writer = try format.writer(folder, dimension: 3)
        for item in items { try writer.write(item) }
        try writer.finish()
        let reader = try format.reader(folder)
        for count in 0...items.count {
            #expect(try format.reader(folder, from: reader.position).rest() == Array(items[count...]))
            _ = try reader.next()
        }
        #expect(reader.fraction == 1)
    }

    @Test("A writer goes on from where another was flushed, over what came after", arguments: Format.allCases)
    func resumesWriting(format: Format) throws {
        let folder = try Folder()
        var chance = Chance(state: 6)
        let items = try (0..<50).map { try chance.item($0, 3) }
        let first = try format.writer(folder, dimension: 3)
        for item in items[..<20] { try first.write(item) }
        let lengths = try first.flush()
        for item in items[20..<33].reversed() { try first.write(item) }
        _ = try first.flush()
        let second = try format.writer(folder, dimension: 3, keeping: lengths)
        for item in items[20...] { try second.write(item) }
        try second.finish()
        #expect(try format.reader(folder).rest() == items)
    }
}
