import Storage

/// What the units of a back end cost.
public struct PriceList: Sendable, Equatable {
    /// When the prices were read, as `2026-09-06`.
    public var date: String
    /// Dollars for a million units that are read.
    public var readUnits: Double
    /// Dollars for a million units that are written.
    public var writeUnits: Double

    public init(date: String, readUnits: Double, writeUnits: Double) {
        self.date = date
        self.readUnits = readUnits
        self.writeUnits = writeUnits
    }

    /// DynamoDB's in us-east-1, on demand, as Benchmarks/prices.json has them.
    public static let dynamoDB = PriceList(date: "2026-09-06", readUnits: 0.125, writeUnits: 0.625)
}

/// What the units of a back end have cost, without function, gateway and storage.
public struct StoreCost: Sendable, Equatable {
    public var dollars: Double
    /// When the prices were read.
    public var priceDate: String

    public init(dollars: Double, priceDate: String) {
        self.dollars = dollars
        self.priceDate = priceDate
    }

    /// Nil where no units are billed.
    init?(_ usage: StoreUsage, _ prices: PriceList) {
        guard let units = usage.units else { return nil }
        let dollars = (units.read * prices.readUnits + units.write * prices.writeUnits) / 1_000_000
        self.init(dollars: dollars, priceDate: prices.date)
    }
}
