import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct HybridSearchTests {
    private func collection(
        _ dimension: Int, _ test: TestDatabase = TestDatabase(), grouping: Bool = false
    ) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: dimension)
        (new.textIndex, new.grouping) = (!grouping, grouping)
        return try await test.database.createCollection(new, in: "p")
    }

    private func violation(
        _ collection: VectorCollection, _ request: SearchRequest
    ) async throws -> String? {
        do {
            _ = try await collection.search(request)
            return nil
        } catch {
            guard case .invalid(let violation) = error else { throw error }
            return violation.field
        }
    }

    /// One query: a vector and words. Three items answer it: one lies near and has other words, one has the words and lies elsewhere, and one
    /// has a little of both, behind items that have more of one.
    private struct Question {
        let vector: [Float]
        let text: String
        let answers: Set<String>
    }

    private func questions(_ seed: UInt64) -> (items: [Item], questions: [Question]) {
        var generator = SeededGenerator(seed: seed)
        var (items, questions) = ([Item](), [Question]())
        func beside(_ centre: [Float], _ share: Float) -> [Float] {
            let other = generator.vector(48)
            return zip(centre, other).map { share * $0 + (1 - share * share).squareRoot() * $1 }
        }
        for number in 0..<40 {
            let centre = generator.vector(48)
            let (first, second) = ("rare\(number)", "seldom\(number / 4)")
            func add(_ kind: String, _ share: Float, _ text: String) {
                items.append(Item(id: "\(kind)\(number)", vector: beside(centre, share), text: text))
            }
            add("near", 0.9, "what it says in other words")
            add("worded", 0, "all of \(first) and \(second) is here")
            add("both", 0.75, "some of \(second) is here with much that is not asked for at all")
            for other in 0..<6 {
                add("like\(other)-", 0.8, "nothing of what is asked for")
                add("word\(other)-", 0, "some of \(second) is here \(other)")
            }
            questions.append(
                Question(
                    vector: centre, text: "\(first) \(second)",
                    answers: ["near\(number)", "worded\(number)", "both\(number)"]))
        }
        return (items, questions)
    }

    @Test("Both together find what each alone misses", arguments: 1...3 as ClosedRange<UInt64>)
    func quality(seed: UInt64) async throws {
        let (items, questions) = questions(seed)
        let collection = try await collection(48)
        try await collection.insert(items)
        func recall(_ change: (Question) -> SearchRequest) async throws -> Double {
            var found = 0
            for question in questions {
                var request = change(question)
                request.limit = 5
                found += try await collection.search(request).count { question.answers.contains($0.item.id) }
            }
            return Double(found) / Double(3 * questions.count)
        }
        let near = try await recall { SearchRequest(query: $0.vector) }
        let worded = try await recall { SearchRequest(text: $0.text) }
        for (fusion, floor) in [(Fusion.reciprocalRank, 0.75), (.weighted(0.5), 0.95)] {
            let both = try await recall { question in
                var request = SearchRequest(query: question.vector)
                (request.text, request.fusion) = (question.text, fusion)
                return request
            }
            print("seed \(seed), \(fusion): vector \(near), words \(worded), both \(both)")
            #expect(both >= floor, "seed \(seed), \(fusion)")
            #expect(both >= max(near, worded) + 0.25, "seed \(seed), \(fusion)")
        }
    }

    @Test(
        "Lists so long that they are estimated and read in part lead to just what going through all texts finds"
    )
    func longLists() async throws {
        var generator = SeededGenerator(seed: 5)
        let store = CountingStore()
        let collection = try await collection(2, TestDatabase(store))
        let items = (0..<4_000).map { number in
            let words = (0..<Int.random(in: 3...12, using: &generator)).map { _ in
                let share = Double.random(in: 0..<1, using: &generator)
                return "w\(Int(share * share * share * 2_000))"
            }
            return Item(id: "\(number)", vector: [1, 2], text: words.joined(separator: " "))
        }
        for start in stride(from: 0, to: items.count, by: 500) {
            try await collection.insert(Array(items[start..<start + 500]))
        }
        let frequencies = frequencies(items)
        for text in ["w0", "w0 w1", "w0 w1 w900", "w0 w1999 w1", "w1 w2 w3 w4 w5", "w50 w0"] {
            for filter in [nil, MetadataFilter.not(.holds("a", .exists))] {
                var request = SearchRequest(text: text)
                (request.limit, request.filter) = (10, filter)
                let found = try await collection.textSearch(request)
                let truth = best(10, items, found.scorer)
                #expect(found.matches.map { $0.item.id } == truth.map { $0.id }, "\(text)")
                #expect(found.matches.map { $0.score } == truth.map { $0.score }, "\(text)")
                for (position, term) in found.scorer.terms.enumerated() {
                    let frequency = Double(frequencies[term] ?? 0)
                    let weight = naturalLogarithm(
                        1 + (Double(items.count) - frequency + 0.5) / (frequency + 0.5))
                    let estimated = found.scorer.ceiling(of: position) / (TextScorer.k1 + 1)
                    // Two estimates of 3 % each, with room for chance.
                    #expect(abs(estimated - weight) <= 0.3, "\(term)")
                }
            }
        }
        _ = store.taken()
        _ = try await collection.search(SearchRequest(text: "w0 w1900"))
        #expect(store.taken().rowsRead < 2_200, "a common word beside a rare one is not read to its end")
    }

    private func best(
        _ limit: Int, _ items: [Item], _ scorer: TextScorer
    ) -> [(id: String, score: Float)] {
        var scored: [(id: String, score: Float)] = []
        for item in items {
            let score = Float(scorer.score(ofText: item.text))
            if score > 0 { scored.append((item.id, score)) }
        }
        scored.sort { left, right in
            left.score != right.score ? left.score > right.score : left.id < right.id
        }
        return Array(scored.prefix(limit))
    }

    private func frequencies(_ items: [Item]) -> [Term: Int] {
        var frequencies: [Term: Int] = [:]
        for item in items {
            for term in TermCounts(item.text ?? "").counts.keys { frequencies[term, default: 0] += 1 }
        }
        return frequencies
    }

    @Test("A filter that refuses most leads to as many as were asked for")
    func filtered() async throws {
        for grouping in [false, true] {
            let collection = try await collection(2, grouping: grouping)
            let items = (0..<2_000).map { number in
                Item(
                    id: "\(number)", vector: [1, Float(number)],
                    metadata: RawJSON(checked: #"{"rare": \#(number % 100 == 7)}"#),
                    text: String(repeating: "again ", count: 1 + number % 3), group: grouping ? "g" : nil)
            }
            try await collection.insert(items)
            var request = SearchRequest(text: "again")
            (request.limit, request.group) = (15, grouping ? "g" : nil)
            request.filter = .holds("rare", .equal(.boolean(true)))
            let found = try await collection.search(request)
            #expect(found.count == 15)
            #expect(found.allSatisfy { Int($0.item.id).map { $0 % 100 == 7 } == true })
            request.query = [1, 50]
            #expect(try await collection.search(request).count == 15)
        }
    }

    @Test("Limits on score and distance hold, and an item is left out where its neighbours are sought")
    func limits() async throws {
        let collection = try await collection(2)
        try await collection.insert([
            Item(id: "a", vector: [1, 0], text: "sea sea sea"),
            Item(id: "b", vector: [1, 1], text: "sea and land"),
            Item(id: "c", vector: [-1, 0], text: "sea"), Item(id: "d", vector: [0, 1]),
        ])
        var request = SearchRequest(text: "sea")
        let all = try await collection.search(request)
        #expect(all.map(\.item.id) == ["a", "c", "b"])
        #expect(all.allSatisfy { $0.distance.isNaN && $0.vectorScore == nil && $0.textScore == $0.score })
        request.minScore = all[1].score
        #expect(try await collection.search(request).map(\.item.id) == ["a", "c"])
        (request.minScore, request.query, request.maxDistance) = (nil, [1, 0], 1.5)
        let near = try await collection.search(request)
        #expect(near.map(\.item.id) == ["a", "b", "d"])
        #expect(near[2].textScore == 0 && near[2].vectorScore == 0 && near[2].distance == 1)
        request.excludedID = "a"
        #expect(try await collection.search(request).map(\.item.id) == ["b", "d"])
    }

    @Test("Pages of what words find are what one search for all of it finds")
    func pages() async throws {
        let collection = try await collection(4)
        var generator = SeededGenerator(seed: 9)
        try await collection.insert(
            (0..<230).map { Item(id: "\($0)", vector: generator.vector(4), text: "a \($0 % 7) b \($0 % 5)") })
        for query in [[Float](), generator.vector(4)] {
            var request = SearchRequest(text: "3 a 4")
            (request.query, request.limit) = (query, 230)
            let all = try await collection.nearest(request, depth: VectorCollection.pagedDepth)
            request.limit = 40
            var (ids, cursor) = ([String](), String?.none)
            repeat {
                let page = try await collection.searchPage(request, cursor: cursor)
                ids += page.matches.map(\.item.id)
                cursor = page.cursor
            } while cursor != nil
            #expect(ids == all.map(\.item.id))
        }
    }

    @Test("What cannot be sought is refused with its place")
    func refusals() async throws {
        let indexed = try await collection(2)
        let plain = try await TestDatabase().collection(2)
        var request = SearchRequest(text: "word")
        #expect(try await violation(indexed, request) == nil)
        #expect(try await violation(plain, request) == "text")
        request.exact = true
        #expect(try await violation(plain, request) == nil)
        request.maxDistance = 1
        #expect(try await violation(indexed, request) == "max_distance")
        (request.maxDistance, request.fusion) = (nil, .weighted(0.5))
        #expect(try await violation(indexed, request) == "fusion")
        (request.query, request.fusion) = ([1, 2], .weighted(1.5))
        #expect(try await violation(indexed, request) == "fusion.weight")
        request.fusion = .weighted(.nan)
        #expect(try await violation(indexed, request) == "fusion.weight")
        request = SearchRequest(query: [1, 2])
        request.fusion = .weighted(0.5)
        #expect(try await violation(indexed, request) == "fusion")
        request = SearchRequest(
            text: (0...VectorCollection.maxQueryTerms).map(String.init).joined(separator: " "))
        #expect(try await violation(indexed, request) == "text")
        #expect(try await indexed.search(SearchRequest(text: "?!")).isEmpty)
        var new = NewCollection(name: "g", featureCount: 2)
        (new.grouping, new.textIndex) = (true, true)
        await #expect(throws: WhiplashError.self) {
            try await TestDatabase().database.createCollection(new, in: "p")
        }
        let many = (0...VectorCollection.maxTerms).map { "w\($0)" }.joined(separator: " ")
        await #expect(throws: WhiplashError.self) {
            try await indexed.insert([Item(id: "a", vector: [1, 2], text: many)])
        }
    }

    @Test("An older version is kept from a collection whose postings it would not write")
    func formatVersion() async throws {
        let store = MemoryStore()
        let collection = try await collection(2, TestDatabase(store))
        let row = CollectionRow(
            configuration: collection.configuration, state: .ready, stamp: WriteStamp(number: 1)
        ).row
        #expect(row.integer("version") == 5)
        #expect(try CollectionRow(row).configuration.textIndex)
    }

    @Test("An acknowledged change is found by another process at once, though eventual reads lag")
    func laggingReads() async throws {
        let clock = TestClock()
        let store = LaggingStore(clock)
        let collection = try await collection(2, TestDatabase(store, clock: clock))
        let other = try await TestDatabase(store, seed: 2, clock: clock).database.collection("c", in: "p")
        try await collection.insert([Item(id: "a", vector: [1, 0], text: "before")])
        #expect(try await other.search(SearchRequest(text: "before")).map(\.item.id) == ["a"])
        try await store.refresh()
        try await collection.insert([Item(id: "a", vector: [1, 0], text: "after")])
        #expect(try await other.search(SearchRequest(text: "before")).isEmpty)
        #expect(try await other.search(SearchRequest(text: "after")).map(\.item.text) == ["after"])
        _ = try await collection.delete(ids: ["a"])
        #expect(try await other.search(SearchRequest(text: "after")).isEmpty)
    }
}
