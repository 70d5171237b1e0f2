// Rebuilding the index from the log.
#include "engine/recovery.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

class Recovery {
public:
    explicit Recovery(Catalog& catalog) : catalog_(catalog) {}

    // A fork's id is larger than its source's, so the source is there when the fork comes.
    Result<void> take(StreamRecord const& record) {
        auto const full = std::string_view(record.name);
        auto const slash = full.find('/');
        if (slash == std::string_view::npos)
            return Error{Fault::corrupt, "stream " + std::to_string(record.id) + " has no project"};
        auto name = TRY(make_stream_name(full.substr(0, slash), full.substr(slash + 1)));
        std::shared_ptr<Stream> source;
        if (record.fork) {
            source = find(record.fork->source);
            if (!source) return Error{Fault::corrupt, record.name + " is a fork of nothing"};
            ++source->forks;
        }
        auto stream = std::make_shared<Stream>(record, std::move(name), source);
        if (!std::holds_alternative<Forever>(record.lifetime)) result.mortal.push_back(stream);
        by_id_.push_back(stream);
        catalog_.put(std::move(stream));
        return {};
    }

    Result<void> take(LogRecord const& row) {
        ++result.rows;
        result.last_seq = row.seq;
        auto const& stream = find(row.stream);
        if (!stream) {
            result.garbage.push_back(row.seq);
            return {};
        }
        if (stream->recover(row)) return {};
        return Error{Fault::corrupt, "row " + std::to_string(row.seq) + " of " +
                                         stream->name.full() +
                                         " does not follow the row before it"};
    }

    Recovered result;

private:
    // They come in the order of their ids.
    std::shared_ptr<Stream> const& find(std::int64_t id) const {
        static std::shared_ptr<Stream> const none;
        auto const found = std::ranges::lower_bound(by_id_, id, {}, &Stream::id);
        return found != by_id_.end() && (*found)->id == id ? *found : none;
    }

    Catalog& catalog_;
    std::vector<std::shared_ptr<Stream>> by_id_;
};

} // namespace

Result<Recovered> recover(HotLog& log, Catalog& catalog) {
    Recovery recovery(catalog);
    TRY(log.each_stream([&](StreamRecord const& record) { return recovery.take(record); }));
    TRY(log.each_row([&](LogRecord const& row) { return recovery.take(row); }));
    recovery.result.last_stream = TRY(log.last_stream_id());
    return std::move(recovery.result);
}

} // namespace ds
