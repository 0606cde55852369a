import Foundation
import Storage
import StorageConformance
import Testing

@testable import StorageSQLite

@Suite struct SQLiteStoreTests {
    @Test func conformsToStore() async throws {
        let folder = try TemporaryFolder()
        try await StoreConformance { try SQLiteStore(path: folder.path("a.db")) }.checkAll()
    }

    @Test func conformsWhenEveryPageIsSmall() async throws {
        let folder = try TemporaryFolder()
        let file = DatabaseFile(path: folder.path("a.db"), readerCount: 1, busyTimeout: .seconds(10))
        try await StoreConformance {
            try SQLiteStore(file, PageLimits(rows: 3, bytes: 64))
        }.checkAll()
    }

    @Test(
        "Conforms with rows in the delta and in the main part, merged every few rows", arguments: [1, 2, 20])
    func conformsWithDeltas(batchRows: Int) async throws {
        let folder = try TemporaryFolder()
        let file = DatabaseFile(path: folder.path("a.db"), readerCount: 2, busyTimeout: .seconds(10))
        try await StoreConformance {
            try SQLiteStore(file, PageLimits(rows: 5), DeltaLimits(batchRows: batchRows, bytes: 800))
        }.checkAll()
    }
}

/// A folder of its own for one test, removed at its end.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("whiplash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
