// Parking, waves in slices, and the gaps of those who have left.
#include "service/follow/parked_readers.h"

#include "service/follow/slice.h"

#include <algorithm>
#include <utility>

namespace ds::follow {

StreamReader::StreamReader(ParkedReaders& all, std::shared_ptr<Stream> followed, std::uint64_t from)
    : stream(std::move(followed)),
      seen(from),
      all_(all) {
    stream->lifespan.attach();
}

StreamReader::~StreamReader() {
    all_.unpark(*this);
    stream->lifespan.detach(all_.engine().clock().now());
}

bool ParkedReaders::park(StreamReader& reader) {
    auto& parked = streams_[reader.stream.get()];
    if (!parked.stream) parked.stream = reader.stream;
    reader.place_ = parked.readers.size();
    parked.readers.push_back(&reader);
    reader.parked_ = true;
    ++parked.present;
    if (parked.waving) ++parked.left; // the way round has become longer by one
    // Registered first, looked at second: a commit in between is either seen here or delivered
    // later.
    Life life{};
    auto const head = reader.stream->watch(mailbox_, life);
    bool const moved = head.end != reader.seen || head.closed || life != Life::live;
    if (moved) unpark(reader);
    return !moved;
}

void ParkedReaders::unpark(StreamReader& reader) {
    if (!std::exchange(reader.parked_, false)) return;
    auto& parked = streams_.find(reader.stream.get())->second;
    parked.readers[reader.place_] = nullptr;
    --parked.present;
    if (!parked.waving) tidy(reader.stream.get());
}

// Closes the gaps that readers have left, and forgets a stream that nobody waits for.
void ParkedReaders::tidy(Stream const* stream) {
    auto const found = streams_.find(stream);
    auto& parked = found->second;
    if (parked.present == 0) {
        parked.stream->unwatch(mailbox_);
        streams_.erase(found);
        return;
    }
    // Not at each departure: the gaps cost a look each, closing them moves everybody.
    if (parked.readers.size() >= 2 * parked.present) close_gaps(parked);
}

// The way round that is left becomes shorter, and still leads past everybody it led past.
void ParkedReaders::close_gaps(Parked& parked) {
    auto& readers = parked.readers;
    auto const next = std::min(parked.next, readers.size());
    auto const gone =
        std::count(readers.begin(), readers.begin() + static_cast<std::ptrdiff_t>(next), nullptr);
    parked.next = next - static_cast<std::size_t>(gone);
    std::erase(readers, nullptr);
    for (std::size_t place = 0; place < readers.size(); ++place)
        readers[place]->place_ = place;
    parked.left = std::min(parked.left, readers.size());
}

void ParkedReaders::on_advance(std::shared_ptr<Advance const> const& advance) {
    auto const found = streams_.find(advance->stream.get());
    if (found == streams_.end()) return;
    auto& parked = found->second;
    parked.advance = advance;
    parked.left = parked.readers.size();
    if (parked.waving) return; // goes on from where it is, once round
    parked.waving = true;
    run_slice(advance->stream.get());
}

void ParkedReaders::run_slice(Stream const* stream) {
    auto const found = streams_.find(stream);
    if (found == streams_.end() || !found->second.waving) return;
    auto& parked = found->second;
    auto const advance = parked.advance; // another one may come meanwhile
    Slice slice(engine_, *parked.stream, *advance);
    bool const for_all = slice.ended || slice.head.closed;
    for (std::size_t visits = 0; parked.left > 0 && visits < k_slice_readers; --parked.left) {
        parked.next = parked.next < parked.readers.size() ? parked.next : 0;
        auto* const reader = parked.readers[parked.next++];
        if (reader == nullptr) continue;
        ++visits;
        // One that was told by an earlier slice has nothing to hear.
        if (for_all || reader->seen < slice.head.end) reader->wake(slice);
    }
    // Those who leave and come back while commits never pause must not make the way ever longer.
    if (parked.left > 0 && parked.readers.size() >= 2 * parked.present + k_slice_readers)
        close_gaps(parked);
    if (parked.left > 0) return post_([this, stream] { run_slice(stream); });
    parked.waving = false;
    parked.advance = nullptr;
    tidy(stream);
}

} // namespace ds::follow
