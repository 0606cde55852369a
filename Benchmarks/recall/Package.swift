// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Recall",
    // Named, since a path's last part depends on where the sources lie.
    dependencies: [.package(name: "whiplash", path: "../..")],
    targets: [
        .executableTarget(
            name: "Recall", dependencies: [.product(name: "Whiplash", package: "whiplash")])
    ],
    swiftLanguageModes: [.v6]
)
