import API
import Storage
import Testing
import Whiplash

@Suite struct MetricsTests {
    private func text(_ service: Service) async -> String {
        await service.send("GET", "/metrics").text
    }

    @Test func countsAnswersByOperationAndStatus() async throws {
        let service = try await Service.withCollection()
        let item = #"{"id":"a","vector":[1,2,3]}"#
        for _ in 0..<3 { _ = await service.send("POST", Service.collection + "/items", item) }
        _ = await service.send("POST", Service.collection + "/items", "{}")
        _ = await service.send("GET", "/nowhere")
        let lines = await text(service).split(separator: "\n").map(String.init)
        #expect(lines.contains(#"whiplash_requests_total{operation="createItem",status="200"} 3"#))
        #expect(lines.contains(#"whiplash_requests_total{operation="createItem",status="400"} 1"#))
        #expect(lines.contains(#"whiplash_requests_total{operation="none",status="404"} 1"#))
        #expect(lines.contains(#"whiplash_request_duration_seconds_count{operation="createItem"} 4"#))
        let received = 3 * item.utf8.count + 2
        #expect(lines.contains("whiplash_request_bytes_total{operation=\"createItem\"} \(received)"))
    }

    @Test("Buckets of a histogram count all up to their bound, and the last all there are")
    func bucketsAddUp() async throws {
        let service = try await Service.withCollection()
        for _ in 0..<5 { _ = await service.send("GET", "/health") }
        let buckets = await text(service).split(separator: "\n").filter { line in
            line.hasPrefix("whiplash_request_duration_seconds_bucket{operation=\"getHealth\"")
        }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(buckets.count == 14)
        #expect(buckets == buckets.sorted() && buckets.last == 5)
    }

    @Test("Every sample belongs to a metric that is described before it, once")
    func isWellFormed() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", Service.collection + "/search", #"{"query":[1,2,3]}"#)
        let answer = await service.send("GET", "/metrics")
        #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        var described: [String] = []
        for line in answer.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                #expect(!described.contains(String(words[2])))
                described.append(String(words[2]))
            } else if !line.hasPrefix("#") {
                let name = line.prefix { $0 != "{" && $0 != " " }
                #expect(described.last.map { name.hasPrefix($0) } == true, "\(line)")
                #expect(words.last.flatMap { Double($0) } != nil)
            }
        }
        #expect(described.contains("whiplash_sketch_memory_bytes"))
    }

    @Test func needsAKeyOfAllProjects() async throws {
        let keys = try AccessKey.list(
            #"[{"key":"reader-key","scopes":["read"]},{"key":"tenant-key","projects":["p"]},{"key":"writer-key","scopes":["write"]}]"#
        )
        let service = Service(keys: keys)
        func status(_ key: String?) async -> Int {
            await service.send("GET", "/metrics", credential: .presented(key)).status
        }
        #expect(await status(nil) == 401)
        #expect(await status("reader-key") == 200)
        #expect(await status("tenant-key") == 403)
        #expect(await status("writer-key") == 403)
    }

    @Test func isNotThereWhereProcessesComeAndGo() async {
        #expect(await Service(countsRequests: false).send("GET", "/metrics").status == 404)
    }
}
