// The walk after a crash, and the check of everything.
#include "support/walk.h"

namespace ds {

namespace {

using Kind = Operation::Kind;

} // namespace

// The request without an answer happened or did not: one of the two must fit what is there.
bool Walk::settle() {
    if (!pending_) return verify();
    auto const ask = *pending_;
    pending_.reset();
    bool const changes =
        ask.kind == Kind::put || ask.kind == Kind::post || ask.kind == Kind::remove;
    if (!changes || ask.malformed) return verify();

    auto const before = model_;
    if (verify()) return true;
    if (failure_ == "no answer in time") return false;
    auto const without = failure_;
    model_ = before;
    failure_.clear();
    switch (ask.kind) {
    case Kind::put: model_.put(ask); break;
    case Kind::post: model_.post(ask); break;
    default: model_.remove(ask);
    }
    if (verify()) return true;
    failure_ = "after a crash during \"" + describe(ask) +
               "\":\nif it had not happened: " + without + "\nif it had happened: " + failure_;
    return false;
}

bool Walk::clear() {
    // A source that has forks stays until they are gone, deleted though it is.
    for (auto const& name : operations_.names()) {
        auto const* const stream = model_.find(name);
        if (stream == nullptr || stream->soft_deleted) continue;
        Operation const ask{.kind = Kind::remove, .name = name};
        std::optional<HttpResponse> got;
        if (!fetch(ask, got) || !expect(got.has_value(), "no answer") || !apply(ask, *got))
            return false;
    }
    return expect(model_.streams().empty(), "a stream is left when all were deleted");
}

bool Walk::verify() {
    std::vector<std::string> names;
    for (auto const& [name, stream] : model_.streams())
        names.push_back(name);
    for (auto const& name : names)
        if (!verify_stream(name)) return false;
    for (auto const& name : operations_.names())
        if (model_.find(name) == nullptr && !verify_absent(name)) return false;
    return true;
}

bool Walk::verify_absent(std::string const& name) {
    Operation const ask{.kind = Kind::head, .name = name};
    std::optional<HttpResponse> got;
    return fetch(ask, got) && expect(got.has_value(), "no answer") && apply(ask, *got);
}

bool Walk::verify_stream(std::string const& name) {
    if (!verify_absent(name)) return false; // the same check: HEAD against the model
    auto* const stream = model_.find(name);
    if (stream->soft_deleted) return true;

    // From the start in pages, each beginning where the last one ended.
    auto& dice = operations_.dice();
    Operation ask{.kind = Kind::get, .name = name, .offset = "-1"};
    std::optional<HttpResponse> got;
    do {
        if (!settings_.protocol_only) ask.limit = dice.between(5, 200);
        if (!fetch(ask, got) || !expect(got.has_value(), "no answer") || !apply(ask, *got))
            return false;
        ask.offset = got->value("stream-next-offset");
        ask.from =
            settings_.protocol_only ? stream->tail() : stream->resolve(*ask.offset).value_or(0);
    } while (ask.from < stream->tail());

    for (int i = 0; i < 3; ++i) {
        auto reading = operations_.read(model_, name);
        if (reading.malformed) continue;
        if (!fetch(reading, got) || !expect(got.has_value(), "no answer") || !apply(reading, *got))
            return false;
    }
    return true;
}

} // namespace ds
