import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite struct DatabaseFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Written by the first version of this store, then closed: two tables of two rows each.
    private static let versionOne = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/version-1.database")

    @Test("A file written by version 1 still answers, and takes writes")
    func opensVersionOneFile() async throws {
        let store = try SQLiteStore(path: try copyOfVersionOne())
        let rows = Self.versionOneRows
        for table in ["whiplash_metadata", "Project_dev_books_vectors"].map(TableName.init) {
            #expect(try await store.scan(TableScan(table, consistency: .strong)).rows == rows)
            try await store.write([.put(row("z", 1), in: table)])
            try await store.write([.put(Self.large("zz", 2_000), in: table)])
            let all = try await store.scan(TableScan(table, consistency: .strong)).rows
            #expect(all == rows + [row("z", 1), Self.large("zz", 2_000)])
        }
    }

    static func large(_ partition: String, _ count: Int) -> Row {
        Row(
            key: RowKey(partition: partition, sort: "s"),
            attributes: ["v": .bytes((0..<count).map { UInt8(truncatingIfNeeded: $0) })])
    }

    static let versionOneRows = [
        Row(
            key: RowKey(partition: "café", sort: "1"),
            attributes: [
                "text": .text("naïve 😀"), "bytes": .bytes([0, 255, 128]), "number": .integer(.min),
            ]),
        Row(key: RowKey(partition: "p\u{0}", sort: "s"), attributes: [:]),
    ]

    @Test func aFileOfANewerVersionIsRefusedAndLeftAlone() throws {
        let path = try copyOfVersionOne { $0[63] = 4 }
        let before = FileManager.default.contents(atPath: path)
        #expect(reason { try SQLiteStore(path: path) }?.contains("newer version (format 4") == true)
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    @Test func theDatabaseOfAnotherProgramIsRefusedAndLeftAlone() throws {
        // A database that bears another mark, and one that bears none.
        for id in [[1, 2, 3, 4], [0, 0, 0, 0]] as [[UInt8]] {
            let path = try copyOfVersionOne { $0.replaceSubrange(68..<72, with: id) }
            let before = FileManager.default.contents(atPath: path)
            #expect(reason { try SQLiteStore(path: path) }?.contains("another program") == true)
            #expect(FileManager.default.contents(atPath: path) == before)
        }
    }

    @Test func whatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let path = folder.path("letter.txt")
        let letter = Data(String(repeating: "Dear reader, ", count: 100).utf8)
        try letter.write(to: URL(fileURLWithPath: path))
        #expect(reason { try SQLiteStore(path: path) } == "\(path): the file is not a database")
        #expect(FileManager.default.contents(atPath: path) == letter)
    }

    @Test func aMissingFolderIsNamed() {
        let path = folder.path("missing/a.db")
        #expect(reason { try SQLiteStore(path: path) } == "there is no folder \(folder.path("missing"))")
    }

    @Test func aFolderIsNoFile() {
        let path = folder.url.path
        #expect(reason { try SQLiteStore(path: path) } == "\(path) is a folder")
    }

    /// `/proc` takes no file from anyone; a mode would not stop the superuser.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "needs /proc"))
    func aFolderThatTakesNoFilesIsRefused() {
        let path = "/proc/whiplash.db"
        #expect(reason { try SQLiteStore(path: path) } == "\(path): the file cannot be opened")
    }

    @Test func whatIsStoredIsThereAfterReopening() async throws {
        let (path, table) = (folder.path("a.db"), TableName("kept"))
        try await {
            let store = try SQLiteStore(path: path)
            try await store.createTable(table)
            try await store.write([.put(row("p", 1), in: table)])
        }()
        // Let go, the store leaves one file: the log is folded in, once its connections' own queues have ended.
        for _ in 0..<1000 where FileManager.default.fileExists(atPath: path + "-wal") {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        let page = try await SQLiteStore(path: path).scan(TableScan(table, consistency: .strong))
        #expect(page.rows == [row("p", 1)])
    }

    @Test func tablesWhoseNamesDifferInCaseAreTwo() async throws {
        let store = try SQLiteStore(path: folder.path("a.db"))
        let tables = ["Cats", "cats", "CATS", "sqlite_cats", "t.cats-1"].map(TableName.init)
        for (number, table) in tables.enumerated() {
            try await store.createTable(table)
            try await store.write([.put(row("p", number), in: table)])
        }
        for (number, table) in tables.enumerated() {
            let page = try await store.scan(TableScan(table, consistency: .strong))
            #expect(page.rows == [row("p", number)])
        }
    }

    private func copyOfVersionOne(_ change: (inout Data) -> Void = { _ in }) throws -> String {
        var bytes = try Data(contentsOf: Self.versionOne)
        change(&bytes)
        let path = folder.path("copy-\(UUID().uuidString).db")
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The reason of the refusal; nil when there was none.
    private func reason(_ open: () throws -> SQLiteStore) -> String? {
        do {
            _ = try open()
            return nil
        } catch StoreError.unavailable(_, let reason) {
            return reason
        } catch StoreError.unreadable(let reason), StoreError.forbidden(let reason) {
            return reason
        } catch {
            return nil
        }
    }
}
