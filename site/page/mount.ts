export function mountCourse(): void {}
