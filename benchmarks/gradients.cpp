// The losses of the scalar-loop programs in C++, for Enzyme to differentiate.
//
// Arguments are those of the Python functions; integers come as doubles, since every array that
// goes in gets a gradient, and the number of steps as the constant STEPS.

template <std::size_t... dims>
using Array = enzyme::tensor<double, dims...>;

using Index = std::size_t;

template <Index m, Index n>
void gauss_seidel(Array<>& loss, const Array<m, n>& start, const Array<m, n>& source) {
  double u[m][n];
  for (Index i = 0; i < m; i++)
    for (Index j = 0; j < n; j++) u[i][j] = start[i][j];
  for (int sweep = 0; sweep < STEPS; sweep++)
    for (Index i = 1; i < m - 1; i++)
      for (Index j = 1; j < n - 1; j++)
        u[i][j] =
            0.25 * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1] + source[i][j]);
  double total = 0.0;
  for (Index i = 0; i < m; i++)
    for (Index j = 0; j < n; j++) total += u[i][j] * u[i][j];
  loss = total;
}

template <Index m, Index n>
void heat(Array<>& loss, const Array<m, n>& start, const Array<>& conductivity,
          const Array<m, n>& target) {
  double u[m][n], next[m][n];
  const double k = conductivity;
  for (Index i = 0; i < m; i++)
    for (Index j = 0; j < n; j++) u[i][j] = start[i][j];
  for (int step = 0; step < STEPS; step++) {
    for (Index i = 1; i < m - 1; i++)
      for (Index j = 1; j < n - 1; j++)
        next[i][j] = u[i][j] + k * (u[i + 1][j] + u[i - 1][j] + u[i][j + 1] + u[i][j - 1] -
                                    4.0 * u[i][j]);
    for (Index i = 1; i < m - 1; i++)
      for (Index j = 1; j < n - 1; j++) u[i][j] = next[i][j];
  }
  double total = 0.0;
  for (Index i = 0; i < m; i++)
    for (Index j = 0; j < n; j++)
      total += (u[i][j] - target[i][j]) * (u[i][j] - target[i][j]);
  loss = total;
}

template <Index n>
void triangular_solve(Array<>& loss, const Array<n, n>& matrix, const Array<n>& right) {
  double x[n];
  double total = 0.0;
  for (Index i = 0; i < n; i++) {
    double rest = right[i];
    for (Index j = 0; j < i; j++) rest -= matrix[i][j] * x[j];
    x[i] = rest / matrix[i][i];
    total += 0.5 * x[i] * x[i];
  }
  loss = total;
}

template <Index n, Index m>
void soft_dtw(Array<>& loss, const Array<n>& x, const Array<m>& y, const Array<>& smoothing) {
  double table[n + 1][m + 1];
  const double gamma = smoothing;
  for (Index j = 0; j <= m; j++) table[0][j] = __builtin_inf();
  table[0][0] = 0.0;
  for (Index i = 1; i <= n; i++) {
    table[i][0] = __builtin_inf();
    for (Index j = 1; j <= m; j++) {
      const double a = -table[i - 1][j - 1] / gamma;
      const double b = -table[i - 1][j] / gamma;
      const double c = -table[i][j - 1] / gamma;
      const double first = a > b ? a : b;
      const double top = first > c ? first : c;
      const double sum =
          __builtin_exp(a - top) + __builtin_exp(b - top) + __builtin_exp(c - top);
      const double gap = x[i - 1] - y[j - 1];
      table[i][j] = gap * gap - gamma * (top + __builtin_log(sum));
    }
  }
  loss = table[n][m];
}

inline void growth(double prey, double predators, const Array<4>& rates, double& more_prey,
                   double& more_predators) {
  more_prey = rates[0] * prey - rates[1] * prey * predators;
  more_predators = rates[3] * prey * predators - rates[2] * predators;
}

inline void lotka_volterra(Array<>& loss, const Array<2>& state, const Array<4>& rates,
                           const Array<>& length, const Array<2>& target) {
  double p = state[0], q = state[1];
  const double h = length;
  for (int step = 0; step < STEPS; step++) {
    double p1, q1, p2, q2, p3, q3, p4, q4;
    growth(p, q, rates, p1, q1);
    growth(p + 0.5 * h * p1, q + 0.5 * h * q1, rates, p2, q2);
    growth(p + 0.5 * h * p2, q + 0.5 * h * q2, rates, p3, q3);
    growth(p + h * p3, q + h * q3, rates, p4, q4);
    p += h / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4);
    q += h / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4);
  }
  loss = (p - target[0]) * (p - target[0]) + (q - target[1]) * (q - target[1]);
}

template <Index n>
void newton(Array<>& loss, const Array<n>& a, const Array<n>& b) {
  double total = 0.0;
  for (Index i = 0; i < n; i++) {
    double root = 1.0, step = 1.0;
    while (__builtin_fabs(step) > 1e-12) {
      const double value = ((root - 1.0 - b[i]) * root + a[i]) * root - a[i] * b[i];
      const double slope = (3.0 * root - 2.0 * (1.0 + b[i])) * root + a[i];
      step = value / slope;
      root -= step;
    }
    total += root;
  }
  loss = total;
}

inline double sigmoid(double x) { return 1.0 / (1.0 + __builtin_exp(-x)); }

template <Index layers, Index width, Index length>
void lstm(Array<>& loss, const Array<layers, 4, width>& gates,
          const Array<layers, 4, width>& biases, const Array<3, width>& embedding,
          const Array<length, width>& sequence) {
  double hidden[layers][width], cell[layers][width], signal[width];
  for (Index k = 0; k < layers; k++)
    for (Index b = 0; b < width; b++) hidden[k][b] = cell[k][b] = 0.0;
  double total = 0.0;
  for (Index t = 0; t < length - 1; t++) {
    for (Index b = 0; b < width; b++) signal[b] = sequence[t][b] * embedding[0][b];
    for (Index k = 0; k < layers; k++)
      for (Index b = 0; b < width; b++) {
        const double forget = sigmoid(signal[b] * gates[k][0][b] + biases[k][0][b]);
        const double ingate = sigmoid(hidden[k][b] * gates[k][1][b] + biases[k][1][b]);
        const double outgate = sigmoid(signal[b] * gates[k][2][b] + biases[k][2][b]);
        const double change = __builtin_tanh(hidden[k][b] * gates[k][3][b] + biases[k][3][b]);
        cell[k][b] = cell[k][b] * forget + ingate * change;
        hidden[k][b] = outgate * __builtin_tanh(cell[k][b]);
        signal[b] = hidden[k][b];
      }
    double sum = 0.0, picked = 0.0;
    for (Index b = 0; b < width; b++) {
      const double score = signal[b] * embedding[1][b] + embedding[2][b];
      sum += __builtin_exp(score);
      picked += score * sequence[t + 1][b];
    }
    total += __builtin_log(sum) - picked;
  }
  loss = total / (length - 1);
}

inline void rotate(const Array<11>& camera, const double* x, double* turned) {
  const double a = camera[0], b = camera[1], c = camera[2];
  const double cross[3] = {b * x[2] - c * x[1], c * x[0] - a * x[2], a * x[1] - b * x[0]};
  const double squared = a * a + b * b + c * c;
  if (squared == 0.0) {
    for (int d = 0; d < 3; d++) turned[d] = x[d] + cross[d];
    return;
  }
  const double angle = __builtin_sqrt(squared);
  const double cosine = __builtin_cos(angle), sine = __builtin_sin(angle) / angle;
  const double along = (a * x[0] + b * x[1] + c * x[2]) * (1.0 - cosine) / squared;
  turned[0] = x[0] * cosine + cross[0] * sine + a * along;
  turned[1] = x[1] * cosine + cross[1] * sine + b * along;
  turned[2] = x[2] * cosine + cross[2] * sine + c * along;
}

template <Index cameras_count, Index points_count, Index n>
void bundle_adjustment(Array<>& loss, const Array<cameras_count, 11>& cameras,
                       const Array<points_count, 3>& points, const Array<n>& weights,
                       const Array<n>& which_camera, const Array<n>& which_point,
                       const Array<n, 2>& measured) {
  double total = 0.0;
  for (Index i = 0; i < n; i++) {
    const auto& camera = cameras[(Index)(double)which_camera[i]];
    const auto& point = points[(Index)(double)which_point[i]];
    const double offset[3] = {point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]};
    double seen[3];
    rotate(camera, offset, seen);
    const double u = seen[0] / seen[2], v = seen[1] / seen[2];
    const double radius = u * u + v * v;
    const double bend = 1.0 + camera[9] * radius + camera[10] * radius * radius;
    const double first = weights[i] * (camera[6] * u * bend + camera[7] - measured[i][0]);
    const double second = weights[i] * (camera[6] * v * bend + camera[8] - measured[i][1]);
    total += 0.5 * (first * first + second * second);
  }
  loss = total;
}
