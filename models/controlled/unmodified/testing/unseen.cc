// Compiled without -fsanitize=thread.
void add_unseen();
int unseen_count();

namespace {

int count;

}  // namespace

void add_unseen() { count = count + 1; }
int unseen_count() { return count; }
