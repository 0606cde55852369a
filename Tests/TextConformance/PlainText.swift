import Foundation
import VectorIndex
import Whiplash

/// The oracle: BM25 and its fusion with a vector's ranking, of ASCII texts, by the textbook.
struct PlainText {
    private let items: [Item]
    /// How often each word is in each text, and how long it is.
    private let texts: [String: (counts: [String: Int], length: Int)]

    init(_ items: [Item]) {
        self.items = items
        var texts: [String: (counts: [String: Int], length: Int)] = [:]
        for item in items {
            let words = Self.words(of: item.text ?? "")
            if words.isEmpty { continue }
            texts[item.id] = (Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +), words.count)
        }
        self.texts = texts
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    /// Of every item with one of the words.
    func scores(of query: String) -> [String: Double] {
        let count = Double(texts.count)
        let length = texts.values.reduce(0) { $0 + Double($1.length) } / max(1, count)
        var scores: [String: Double] = [:]
        for word in Self.words(of: query) {
            let having = texts.filter { $0.value.counts[word] != nil }
            let frequency = Double(having.count)
            let weight = log(1 + (count - frequency + 0.5) / (frequency + 0.5))
            for (id, text) in having {
                let times = Double(text.counts[word] ?? 0)
                let norm = 1.2 * (1 - 0.75 + 0.75 * Double(text.length) / length)
                scores[id, default: 0] += weight * times * 2.2 / (times + norm)
            }
        }
        return scores
    }

    func best(_ request: SearchRequest) -> [(id: String, score: Double)] {
        Array(ranking(request).prefix(request.limit))
    }

    private func passing(_ request: SearchRequest) -> [Item] {
        items.filter { request.filter?.matches($0.metadata) ?? true }
    }

    private func ranking(_ request: SearchRequest) -> [(id: String, score: Double)] {
        let scores = scores(of: request.text ?? "")
        let found = passing(request).compactMap { item in scores[item.id].map { (item.id, $0) } }
        return Self.sorted(found)
    }

    private static func sorted(_ found: [(String, Double)]) -> [(id: String, score: Double)] {
        found.sorted { left, right in
            // As the answer has them, in float32.
            Float(left.1) != Float(right.1) ? left.1 > right.1 : left.0 < right.0
        }.map { (id: $0.0, score: $0.1) }
    }

    /// Of all items that are fused.
    func fused(_ request: SearchRequest) -> [(id: String, score: Double)] {
        let depth = max(50, request.limit)
        let vectors = Dictionary(passing(request).map { ($0.id, cosine($0.vector, request.query)) }) { $1 }
        let near = Self.sorted(vectors.map { ($0.key, $0.value) }).prefix(depth)
        let worded = ranking(request).prefix(depth)
        var fused: [String: Double] = [:]
        if case .weighted(let weight) = request.fusion {
            let scores = scores(of: request.text ?? "")
            let ids = Set(near.map(\.id) + worded.map(\.id))
            let nearness = ids.compactMap { vectors[$0] }
            let (least, most) = (nearness.min() ?? 0, nearness.max() ?? 0)
            let best = ids.map { scores[$0] ?? 0 }.max() ?? 0
            for id in ids {
                let vector = most > least ? ((vectors[id] ?? 0) - least) / (most - least) : 1
                let text = best > 0 ? (scores[id] ?? 0) / best : 0
                fused[id] = Double(weight) * vector + (1 - Double(weight)) * text
            }
        } else {
            for ranking in [near, worded] {
                for (index, entry) in ranking.enumerated() {
                    fused[entry.id, default: 0] += 1 / Double(61 + index)
                }
            }
        }
        return Self.sorted(fused.map { ($0.key, $0.value) })
    }

    private func cosine(_ left: [Float], _ right: [Float]) -> Double {
        func product(_ left: [Float], _ right: [Float]) -> Double {
            zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        return product(left, right) / (product(left, left) * product(right, right)).squareRoot()
    }
}
