import JSON
import Testing
import Whiplash
import WhiplashClient

/// One program on both libraries: what it is given, and what it is refused, is the same.
@Suite struct SameNamesTests {
    @Test("A program on the engine gives the same lines on its API")
    func sameProgram() async throws {
        let direct = try await program(APITransport().database)
        let remote = try await program(APITransport().remote())
        #expect(direct == remote)
        #expect(direct.count > 20)
    }

    private func program(_ database: some VectorDatabase) async throws -> [String] {
        var lines: [String] = []
        // Versions are others each time.
        func note(_ what: Any) {
            lines.append("\(what)".replacing(/version: Optional\([0-9a-z]+\)/, with: "version"))
        }
        func noteError(_ body: () async throws -> Void) async {
            note(await error(body).map { "\($0)" } ?? "none")
        }

        note(try await database.createProject("empty"))
        await noteError { _ = try await database.createProject("empty") }
        await noteError { _ = try await database.createProject("no/name") }
        var new = NewCollection(name: "books", featureCount: 3)
        new.metric = .euclidean
        new.bitScaleFactor = 1.5
        new.filterable = ["year", "author.born"]
        let books = try await database.createCollection(new, in: "library")
        await noteError { _ = try await database.createCollection(new, in: "library") }
        await noteError {
            _ = try await database.createCollection(NewCollection(name: "b", featureCount: 0), in: "library")
        }
        await noteError {
            var new = NewCollection(name: "b", featureCount: 2)
            new.filterable = (0..<9).map(String.init)
            _ = try await database.createCollection(new, in: "library")
        }
        note(facts(books.configuration))
        note(try await database.projects().map { "\($0.name): \($0.collections.map(facts))" })
        note(try await database.project("library").collections.map(\.id))
        note(facts(try await database.collection("books", in: "library").configuration))
        for (project, collection) in [("nobody", "books"), ("library", "none")] {
            await noteError { _ = try await database.collection(collection, in: project) }
        }

        let metadata = try RawJSON(parsing: #"{"year": 1851, "é/?&": [1.50, null]}"#)
        let id = "an id/with ? % & é \u{1F40B}"
        try await books.insert([
            Item(id: id, vector: [0.1, -2.5e-30, 3], metadata: metadata, text: "Call me \"Ishmael\"."),
            Item(id: "plain", vector: [1, 2, 3]),
        ])
        note(try await books.items(ids: [id, "nobody", "plain", id]))
        note(try await books.item(id: "nobody") as Any)
        note(try await books.search(for: [1, 2, 3]))
        var request = SearchRequest(query: [1, 2, 3])
        (request.limit, request.maxDistance, request.exact) = (1, 2, true)
        note(try await books.search(request))
        request.minScore = 0
        request.eventual = true
        note(try await books.search(request))
        note(
            try await books.update(
                id, ItemPatch(metadata: RawJSON(parsing: #"{"year": null}"#), text: .some(nil))))
        note(try await books.update("plain", ItemPatch(vector: [4, 5, 6], text: "Text")))
        var listed: [Item] = []
        var cursor: String?
        repeat {
            let page = try await books.list(limit: 1, cursor: cursor)
            listed += page.items
            cursor = page.cursor
        } while cursor != nil
        note(listed.sorted { $0.id < $1.id })

        await noteError {
            try await books.insert([Item(id: "a", vector: [1, 2, 3]), Item(id: "b", vector: [1, 2])])
        }
        await noteError {
            try await books.insert([Item(id: "a", vector: [1, 2, 3]), Item(id: "a", vector: [1, 2, 3])])
        }
        await noteError { try await books.insert([Item(id: "", vector: [1, 2, 3])]) }
        await noteError {
            try await books.insert([
                Item(id: "a", vector: [1, 2, 3], text: String(repeating: "x", count: 500_000))
            ])
        }
        await noteError { _ = try await books.items(ids: ["fine", "no\u{7}"]) }
        await noteError { _ = try await books.search(for: [1, 2]) }
        await noteError { _ = try await books.search(for: [1, 2, 3], limit: 1001) }
        await noteError { _ = try await books.update("nobody", ItemPatch(text: "Text")) }
        await noteError { _ = try await books.list(limit: 10, cursor: "none of ours") }
        try await noteSelections(database, note, noteError)
        try await noteSearches(database, note, noteError)
        try await noteAdministration(database, note, noteError)
        var grouped = NewCollection(name: "notes", featureCount: 3)
        (grouped.grouping, grouped.vectorType) = (true, .float16)
        let notes = try await database.createCollection(grouped, in: "library")
        note("\(notes.configuration.grouping) \(notes.configuration.vectorType)")
        note(
            try await notes.insert([Item(id: "1", vector: [0.1, 65_000.5, 2], group: "ann & é")]))
        try await notes.insert([
            Item(id: "1", vector: [0.1, 2, 2], group: "ann & é"),
            Item(id: "1", vector: [2, 1, 2], group: "bob"),
        ])
        note(try await notes.search(for: [1, 2, 2], in: "ann & é"))
        note(try await notes.item(id: "1", in: "bob") as Any)
        note(try await notes.list(limit: 10, cursor: nil, in: "ann & é").items)
        note(try await notes.update("1", ItemPatch(text: "Text"), in: "ann & é"))
        note(try await notes.groups(limit: 10, cursor: nil).groups.sorted())
        note(try await notes.statistics().comparable)
        let first = try await notes.groups(limit: 1, cursor: nil)
        let second = try await notes.groups(limit: 1, cursor: first.cursor)
        note((first.groups + second.groups).sorted())
        note(try await notes.delete(ids: ["1"], in: "bob"))
        note(try await notes.deleteGroup("ann & é"))
        await noteError { _ = try await notes.items(ids: ["1"]) }
        await noteError { _ = try await notes.insert([Item(id: "1", vector: [1, 2, 3])]) }
        await noteError { _ = try await notes.groups(limit: 10, cursor: "x") }
        await noteError { _ = try await books.groups(limit: 10, cursor: nil) }
        await noteError { _ = try await books.items(ids: ["1"], in: "ann") }
        note(try await books.delete(ids: [id, "nobody", id]))
        note(try await books.delete(ids: [id]))
        try await database.deleteCollection("books", in: "library")
        await noteError { try await database.deleteCollection("books", in: "library") }
        await noteError { try await books.insert([Item(id: "late", vector: [1, 2, 3])]) }
        try await database.deleteProject("library")
        await noteError { try await database.deleteProject("library") }
        return lines
    }

    private func noteAdministration(
        _ database: some VectorDatabase, _ note: (Any) -> Void,
        _ noteError: (() async throws -> Void) async -> Void
    ) async throws {
        _ = try await numbers(database, "first")
        var changes = CollectionChanges()
        changes.description = "Numbers \"on\" a line"
        (changes.metadata, changes.bitStart) = (try RawJSON(parsing: #"{"a": [1, null], "b": 2}"#), 5)
        for _ in 0..<2 {
            let changed = try await database.updateCollection("first", changes, in: "numbers").configuration
            note("\(facts(changed)) \(changed.description as Any) \(changed.metadata as Any)")
            changes = CollectionChanges()
            changes.description = .some(nil)
            changes.metadata = try RawJSON(parsing: #"{"b": null}"#)
        }
        await noteError { _ = try await database.updateCollection("none", changes, in: "numbers") }
        changes.planeCount = 0
        await noteError { _ = try await database.updateCollection("first", changes, in: "numbers") }
        note(try await database.setAlias("alias", to: "first", in: "numbers") as Any)
        let renamed = try await database.renameCollection("first", to: "second", in: "numbers")
        note(facts(renamed.configuration))
        note(try await renamed.search(for: [1, 30], limit: 3).map(\.item.id))
        note(try await database.aliases(in: "numbers"))
        await noteError { _ = try await database.renameCollection("none", to: "x", in: "numbers") }
        await noteError { _ = try await database.renameCollection("second", to: "selected", in: "numbers") }
        await noteError { _ = try await database.renameCollection("second", to: "a b", in: "numbers") }
        var clone = NewClone(name: "third")
        (clone.vectorType, clone.description) = (.float16, "A clone")
        note(try await database.cloneCollection("second", as: clone, in: "numbers"))
        let made = try await database.configuration(ofCollection: "third", in: "numbers")
        note("\(facts(made)) \(made.description as Any) \(made.vectorType) \(made.clone as Any)")
        note(try await database.collection("third", in: "numbers").count(where: .and([])))
        await noteError { _ = try await database.cloneCollection("second", as: clone, in: "numbers") }
        await noteError { _ = try await database.cloneCollection("none", as: clone, in: "numbers") }
        await noteError { _ = try await database.configuration(ofCollection: "none", in: "numbers") }
    }

    private func noteSelections(
        _ database: some VectorDatabase, _ note: (Any) -> Void,
        _ noteError: (() async throws -> Void) async -> Void
    ) async throws {
        let many = try await numbers(database, "selected")
        let even = MetadataFilter.holds("even", .equal(.boolean(true)))
        var (ids, cursor) = ([String](), String?.none)
        repeat {
            let page = try await many.list(where: even, limit: 7, cursor: cursor, in: nil)
            note(page.items.count <= 7)
            ids += page.items.map(\.id)
            cursor = page.cursor
        } while cursor != nil
        note(ids.sorted())
        note(try await many.count(where: even, cursor: nil, in: nil).count)
        note(try await many.count(where: .and([])))
        note(try await many.statistics().comparable)
        await noteError { _ = try await many.count(where: even, cursor: "none of ours", in: nil) }
        await noteError { _ = try await many.count(where: even, in: "ann") }
        await noteError { _ = try await many.delete(where: .and([]), cursor: nil, in: nil) }
        note(try await many.delete(where: even))
        note(try await many.count(where: .and([])))
        note(try await many.verify(cursor: nil))
        await noteError { _ = try await many.verify(cursor: "none of ours") }
        note(try await many.tune())
    }

    private func noteSearches(
        _ database: some VectorDatabase, _ note: (Any) -> Void,
        _ noteError: (() async throws -> Void) async -> Void
    ) async throws {
        let many = try await numbers(database, "searched")
        var request = SearchRequest(neighboursOf: "30")
        request.limit = 4
        note(try await many.search(request).map(\.item.id))
        request.excludedID = "31"
        note(try await many.search(request).map(\.item.id))
        var (ids, cursor) = ([String](), String?.none)
        repeat {
            let page = try await many.searchPage(request, cursor: cursor)
            note(page.matches.count)
            ids += page.matches.map(\.item.id)
            cursor = page.cursor
        } while cursor != nil
        note(ids)
        try noteWarm(try await many.statistics(), note)
        var excluding = SearchRequest(query: [1, 30])
        (excluding.limit, excluding.excludedID) = (2, "30")
        note(
            try await many.search([request, excluding, SearchRequest(query: [1, 3])]).map {
                $0.map(\.item.id)
            })
        for explained in [request, SearchRequest(query: [1, 3])] {
            let (matches, told) = try await many.explain(explained)
            note(matches.map(\.item.id))
            // The client asks for one more where one is left out.
            if explained.excludedID == nil { note(told.withoutTimes) }
        }
        try await noteExplained(many, note)
        await noteError { _ = try await many.search([request, SearchRequest(query: [1])]) }
        await noteError { _ = try await many.search(SearchRequest(neighboursOf: "nobody")) }
        request.query = [1, 2]
        await noteError { _ = try await many.search(request) }
        var careless = SearchRequest(query: [1, 30])
        for target in [0.5, 0.9, 0.997] {
            careless.targetRecall = target
            note(try await many.search(careless).map(\.item.id))
        }
        careless.exact = true
        await noteError { _ = try await many.search(careless) }
        (careless.exact, careless.targetRecall) = (nil, 0.3)
        await noteError { _ = try await many.search(careless) }
        await noteError { _ = try await many.search([request, careless]) }
        await noteError { _ = try await many.searchPage(careless, cursor: nil) }
        await noteError { _ = try await many.searchPage(excluding, cursor: "none of ours") }
    }

    /// Pages and batches explain themselves where they are asked to.
    private func noteExplained(_ many: some ItemCollection, _ note: (Any) -> Void) async throws {
        var explained = SearchRequest(query: [1, 3])
        explained.explain = true
        let page = try await many.searchPage(explained, cursor: nil)
        note(try #require(page.explanation).withoutTimes)
        note(page.matches.map(\.item.id))
        let answers = try await many.answer([explained, SearchRequest(query: [1, 3])])
        note(try #require(answers[0].explanation).withoutTimes)
        note(answers[1].explanation as Any)
        note(answers.map { $0.matches.map(\.item.id) })
        note(try await many.search([explained]).map(\.count))
    }

    /// Of buckets only what holds under all planes: they are random, and others in each collection.
    private func noteWarm(_ statistics: CollectionStatistics, _ note: (Any) -> Void) throws {
        var statistics = statistics.comparable
        let buckets = try #require(statistics.buckets)
        let fullest = try #require(buckets.sizes.last).rowCount
        note(buckets.bitCount)
        note(buckets.sizes.reduce(buckets.emptyCount) { $0 + $1.bucketCount })
        note((fullest..<2 * fullest).contains(buckets.largest))
        statistics.buckets = nil
        note(statistics)
    }

    /// Items `0` to `59` on a line, of which every second is even.
    private func numbers<Place: VectorDatabase>(
        _ database: Place, _ name: String
    ) async throws -> Place.Items {
        var new = NewCollection(name: name, featureCount: 2)
        new.metric = .euclidean
        let collection = try await database.createCollection(new, in: "numbers")
        try await collection.insert(
            try (0..<60).map { number in
                var item = Item(id: String(number), vector: [1, Float(number)])
                item.metadata = try RawJSON(parsing: "{\"even\": \(number.isMultiple(of: 2))}")
                return item
            })
        return collection
    }

    private func facts(_ it: CollectionConfiguration) -> String {
        "\(it.id) \(it.region) \(it.featureCount) \(it.planeCount) \(it.bitStart) \(it.bitScaleFactor) \(it.metric) \(it.filterable) \(it.createdAt)"
    }
}

extension CollectionStatistics {
    /// The client asks for more or less on its way.
    /// Without what differs from run to run: times, and the memory of columns, which grow as rows of several shards happen to come.
    fileprivate var comparable: CollectionStatistics {
        var statistics = self
        (statistics.totals, statistics.keyTotals) = (StoreTotals(since: 0), nil)
        #expect((statistics.cache.state == .warm) == (statistics.cache.byteCount > 0))
        statistics.cache.byteCount = 0
        return statistics
    }
}

extension SearchExplanation {
    fileprivate var withoutTimes: SearchExplanation {
        var explanation = self
        (explanation.time, explanation.usage.time) = (.zero, .zero)
        explanation.vector?.times = .init()
        explanation.words?.times = .init()
        return explanation
    }
}
