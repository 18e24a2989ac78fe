import { onContentUpdated, type Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { mountCourse } from '../../page/mount.js'
import '../../page/course.css'
import '../../../assets/explain/debugger.css'

export default {
  extends: DefaultTheme,
  setup() {
    onContentUpdated(mountCourse)
  },
} satisfies Theme
