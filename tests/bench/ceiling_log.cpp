// The commit thread.
#include "bench/ceiling_log.h"

#include "bench/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace ds {

namespace {

constexpr std::int64_t k_file_bytes = std::int64_t{32} << 20;

} // namespace

void CeilingBatch::add(CeilingBatch const& more) {
    bodies.append(more.bodies);
    appends.insert(appends.end(), more.appends.begin(), more.appends.end());
}

void CeilingBatch::clear() {
    bodies.clear();
    appends.clear();
}

CeilingLog::CeilingLog(std::string const& path, int bell) : path_(path), bell_(bell) {
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0) give_up("cannot make " + path);
    fill_file();
    thread_ = std::thread([this] { commit_batches(); });
}

CeilingLog::~CeilingLog() {
    {
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
    }
    something_.notify_all();
    thread_.join();
    close(file_);
    unlink(path_.c_str());
}

void CeilingLog::fill_file() {
    std::string const zeros(std::size_t{1} << 20, '\0');
    for (std::int64_t filled = 0; filled < k_file_bytes;
         filled += static_cast<std::int64_t>(zeros.size()))
        write(zeros);
    if (fsync(file_) != 0) give_up("cannot sync " + path_);
}

void CeilingLog::hand_over(CeilingBatch& arrived) {
    {
        std::scoped_lock const lock(mutex_);
        if (pending_.appends.empty())
            std::swap(pending_, arrived);
        else
            pending_.add(arrived);
    }
    arrived.clear();
    something_.notify_one();
}

void CeilingLog::take(CeilingBatch& committed) {
    committed.clear();
    std::scoped_lock const lock(mutex_);
    std::swap(committed_, committed);
}

void CeilingLog::commit_batches() {
    CeilingBatch batch;
    while (true) {
        batch.clear();
        {
            std::unique_lock lock(mutex_);
            something_.wait(lock, [&] { return stopping_ || !pending_.appends.empty(); });
            if (stopping_) return;
            std::swap(batch, pending_);
        }
        write(batch.bodies);
        if (fdatasync(file_) != 0) give_up("cannot sync " + path_);
        {
            std::scoped_lock const lock(mutex_);
            if (committed_.appends.empty())
                std::swap(committed_, batch);
            else
                committed_.add(batch);
        }
        std::uint64_t const one = 1;
        if (::write(bell_, &one, sizeof one) != sizeof one) give_up("cannot ring");
    }
}

void CeilingLog::write(std::string_view bytes) {
    while (!bytes.empty()) {
        if (file_at_ == k_file_bytes) file_at_ = 0;
        // Nearly always all of it; the end of the file cuts a batch in two.
        auto const room = static_cast<std::size_t>(k_file_bytes - file_at_);
        auto const wrote = pwrite(file_, bytes.data(), std::min(bytes.size(), room), file_at_);
        if (wrote <= 0) give_up("cannot write " + path_);
        file_at_ += wrote;
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

} // namespace ds
