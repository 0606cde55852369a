import API
import Storage
import Synchronization
import Testing

/// What a client is told when the store fails.
@Suite struct ProblemTests {
    static let failures: [(error: StoreError, status: Int, code: String)] = [
        (.throttled, 429, "throttled"), (.cancelled, 503, "timeout"), (.conflict, 409, "conflict"),
        (.forbidden(reason: "dynamodb:PutItem is not allowed"), 500, "misconfigured"),
        (.unavailable(store: "dynamodb", reason: "INTERNAL-HOST refused"), 503, "unavailable"),
        (.unreadable(reason: "format 9"), 500, "unreadable"),
        (.tooLarge(limitBytes: 1, receivedBytes: 2), 413, "item_too_large"),
        (.notFound(table: TableName("p_dev_c_vectors")), 404, "not_found"),
    ]

    @Test(arguments: failures.indices) func failuresOfTheStoreHaveAStatus(index: Int) async throws {
        let (error, status, code) = Self.failures[index]
        let store = FailingStore()
        let reports = Mutex<[Router.Failure]>([])
        let service = Service(store: store) { failure in reports.withLock { $0.append(failure) } }
        _ = await service.send("POST", "/projects/p/collections", #"{"name":"c","n_features":3}"#)
        store.failure.withLock { $0 = error }
        let answer = await service.send(
            "POST", Service.collection + "/items", #"{"id":"a","vector":[1,2,3]}"#)
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect(answer.error["status"] as? Int == status)
        #expect(answer.error["message"] as? String == answer.message)
        #expect(!answer.text.contains("INTERNAL-HOST"))
        #expect(reports.withLock(\.self).map(\.code) == (status >= 500 ? [code] : []))
        #expect(reports.withLock(\.self).allSatisfy { $0.operationId == "createItem" && $0.status == status })
    }

    @Test func whoIsThrottledIsToldWhenToTryAgain() async {
        let store = FailingStore()
        store.failure.withLock { $0 = .throttled }
        let answer = await Service(store: store).send("GET", "/projects")
        #expect(answer.header("Retry-After") == "1")
    }

    @Test("What only the operator may know is reported and not answered")
    func detailsGoToTheOperator() async {
        let store = FailingStore()
        store.failure.withLock { $0 = .unavailable(store: "sqlite", reason: "disk is full") }
        let reports = Mutex<[String]>([])
        let service = Service(store: store) { failure in reports.withLock { $0.append(failure.reason) } }
        let answer = await service.send("GET", "/projects")
        #expect(!answer.text.contains("disk is full"))
        #expect(reports.withLock(\.self).allSatisfy { $0.contains("disk is full") })
        #expect(reports.withLock(\.self).count == 1)
    }

    @Test func healthTouchesNoStore() async {
        let store = FailingStore()
        store.failure.withLock { $0 = .throttled }
        #expect(await Service(store: store).send("GET", "/health").status == 200)
    }

    @Test("A request whose task is cancelled ends with a 503")
    func cancellationEndsARequest() async throws {
        let service = try await Service.withCollection()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await service.send("POST", Service.collection + "/search", #"{"query":[1,2,3]}"#)
        }
        task.cancel()
        let answer = await task.value
        #expect(answer.status == 503)
        #expect(answer.code == "timeout")
    }
}

/// A store in memory that fails in a chosen way, which no real one does when asked.
private final class FailingStore: Store {
    let failure = Mutex<StoreError?>(nil)
    private let store = MemoryStore()
    var logOrder: LogOrder { store.logOrder }

    private func check() throws(StoreError) {
        if let error = failure.withLock(\.self) { throw error }
    }

    func createTable(_ table: TableName) async throws(StoreError) {
        try check()
        try await store.createTable(table)
    }

    func deleteTable(_ table: TableName) async throws(StoreError) {
        try check()
        try await store.deleteTable(table)
    }

    func write(_ writes: [Write]) async throws(StoreError) {
        try check()
        try await store.write(writes)
    }

    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try check()
        try await store.write(write, if: condition)
    }

    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try check()
        return try await store.rows(at: addresses, consistency)
    }

    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try check()
        return try await store.query(query)
    }

    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try check()
        return try await store.scan(scan)
    }
}
